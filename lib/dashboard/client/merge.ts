import { message } from './page.ts'

/** Puts what is new of a page in the place of what was, part by part; what somebody has ticked, opened or focused stays so. */
export function merge(fresh: ParentNode): boolean {
  let isChanged = false
  for (const part of document.querySelectorAll<HTMLElement>('[data-live]')) {
    if (part === document.body) continue
    const news = fresh.querySelector<HTMLElement>(`[data-live="${CSS.escape(part.dataset.live!)}"]`)
    if (!news || part.innerHTML === news.innerHTML) continue
    isChanged =
      (part.querySelector(':scope > [data-key]') ? mergeRows(part, news) : replace(part, news)) || isChanged
  }
  return isChanged
}

function replace(part: HTMLElement, news: HTMLElement): boolean {
  if (part.contains(document.activeElement) && document.activeElement !== part) return false
  fill(part, [...news.childNodes])
  return true
}

/** What was opened stays open. */
function fill(part: HTMLElement, nodes: readonly Node[]): void {
  const open = [...part.querySelectorAll('details')].map((each) => each.open)
  part.replaceChildren(...nodes)
  for (const [i, each] of [...part.querySelectorAll('details')].entries()) each.open = open[i] ?? each.open
}

function mergeRows(part: HTMLElement, news: HTMLElement): boolean {
  const before = keyed(part)
  const after = keyed(news)
  const added = [...after.keys()].filter((key) => !before.has(key))
  const isMoved = [...before.keys()].join('\n') !== [...after.keys()].join('\n')
  // Rows under somebody's cursor do not jump: the new ones, or a new order, wait until they are asked for.
  const isHeld = part.dataset.merge === 'hold' || (part.dataset.merge !== 'now' && part.matches(':hover'))
  if (isMoved && isHeld) {
    for (const [key, row] of before) update(row, after.get(key))
    offer(part, news, added.length)
    return true
  }
  part.closest('.panel')?.querySelector('.news')?.remove()
  for (const [key, row] of before) if (!after.has(key)) row.remove()
  for (const row of [...news.children] as HTMLElement[]) {
    const old = before.get(row.dataset.key ?? '')
    update(old, row)
    part.append(old ?? row)
  }
  return true
}

function keyed(part: HTMLElement): Map<string, HTMLElement> {
  return new Map(
    [...part.querySelectorAll<HTMLElement>(':scope > [data-key]')].map((row) => [row.dataset.key!, row]),
  )
}

function update(row: HTMLElement | undefined, news: HTMLElement | undefined): void {
  if (!row || !news || row.innerHTML === news.innerHTML) return
  if (row.contains(document.activeElement)) return
  const ticked = new Set(
    [...row.querySelectorAll<HTMLInputElement>('input:checked')].map(({ value }) => value),
  )
  fill(
    row,
    [...news.childNodes].map((node) => node.cloneNode(true)),
  )
  for (const box of row.querySelectorAll<HTMLInputElement>('input[type=checkbox]'))
    box.checked = ticked.has(box.value)
}

/** "12 new: show", over the table's edge: it moves nothing either. */
function offer(part: HTMLElement, news: HTMLElement, added: number): void {
  const panel = part.closest('.panel')
  if (!panel) return
  panel.querySelector('.news')?.remove()
  const button = document.createElement('button')
  button.type = 'button'
  button.className = 'news'
  button.textContent = message('liveNews').replace('{n}', added > 0 ? String(added) : '↻')
  button.addEventListener('click', () => {
    const { merge = '' } = part.dataset
    part.dataset.merge = 'now'
    const old = keyed(part)
    mergeRows(part, news)
    for (const [key, row] of keyed(part)) if (!old.has(key)) row.classList.add('fresh')
    part.dataset.merge = merge
    button.remove()
  })
  panel.prepend(button)
}
