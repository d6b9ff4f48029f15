import { message } from './page.ts'

/** What is marked with data-copy gets a button that copies it. */
export function startCopy(): void {
  document.addEventListener('click', (event) => {
    const target = event.target instanceof Element ? event.target.closest('[data-copy]') : null
    if (!target || getSelection()?.toString()) return
    void navigator.clipboard?.writeText(target.textContent ?? '').then(() => {
      const announcer = document.getElementById('announcer')
      if (announcer) announcer.textContent = message('copied')
      target.setAttribute('data-copied', '')
      setTimeout(() => target.removeAttribute('data-copied'), 1200)
    })
  })
}
