import { root } from './page.ts'

const PLACES: Readonly<Record<string, string>> = {
  o: './',
  q: 'queues',
  j: 'jobs',
  f: 'failures',
  w: 'workers',
}
/** The second key of two comes within this. */
const TOGETHER_MS = 1_500

let wentAt = Number.NEGATIVE_INFINITY

/** Keys for those who like them. Nothing needs them, and none is taken while somebody types. */
export function startKeys(): void {
  document.addEventListener('keydown', (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || isTaken(event)) return
    if (document.querySelector('dialog[open]')) return
    if (performance.now() - wentAt < TOGETHER_MS && PLACES[event.key] !== undefined) {
      wentAt = Number.NEGATIVE_INFINITY
      location.assign(root + PLACES[event.key])
      return
    }
    wentAt = Number.NEGATIVE_INFINITY
    const act = ACTS[event.key]
    if (!act) return
    event.preventDefault()
    act()
  })
}

const ACTS: Readonly<Record<string, () => void>> = {
  '/': () => {
    const search = document.querySelector<HTMLInputElement>('#search')
    search?.focus()
    search?.select()
  },
  '?': () => document.querySelector<HTMLDialogElement>('#help')?.showModal(),
  g: () => {
    wentAt = performance.now()
  },
  j: () => step(1),
  k: () => step(-1),
  x: () => {
    const box = current()?.querySelector<HTMLInputElement>('input[name=ref]')
    if (box) box.checked = !box.checked
  },
  Enter: () => current()?.querySelector<HTMLAnchorElement>('a')?.click(),
}

function rows(): HTMLElement[] {
  return [...document.querySelectorAll<HTMLElement>('[data-rows] tbody tr[data-key]')]
}

function current(): HTMLElement | undefined {
  return document.querySelector<HTMLElement>('tr.at') ?? undefined
}

function step(by: number): void {
  const all = rows()
  const at = current()
  const next =
    all[Math.max(0, Math.min(all.length - 1, (at ? all.indexOf(at) : by > 0 ? -1 : all.length) + by))]
  if (!next) return
  at?.classList.remove('at')
  next.classList.add('at')
  next.querySelector<HTMLElement>('a, input')?.focus()
  next.scrollIntoView({ block: 'nearest' })
}

/** What is typed into a field is the field's, and Enter on a link or a button is theirs. */
function isTaken({ key, target }: KeyboardEvent): boolean {
  if (!(target instanceof HTMLElement) || target.closest('tr.at')) return false
  const takers = key === 'Enter' ? `${FIELDS}, button, a, summary` : FIELDS
  return target.matches(takers)
}

const FIELDS = 'input:not([type=checkbox]), textarea, select'
