/** One box ticks all rows of its table; without a script each has its own. */
export function startSelection(): void {
  for (const all of document.querySelectorAll<HTMLInputElement>('[data-select-all]')) all.hidden = false
  document.addEventListener('change', (event) => {
    const box = event.target
    if (!(box instanceof HTMLInputElement) || !box.matches('[data-select-all]')) return
    for (const each of box.closest('table')?.querySelectorAll<HTMLInputElement>('input[name=ref]') ?? []) {
      each.checked = box.checked
    }
  })
}
