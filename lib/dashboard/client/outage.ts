import { message } from './page.ts'

let line: HTMLElement | undefined
let since = ''

/** While there is no news a line at the bottom says so, and why: what stands on the page may be old. Nothing moves for it. */
export function tellOutage(why?: string): void {
  if (!line) {
    line = document.createElement('p')
    line.className = 'outage'
    line.setAttribute('role', 'status')
    document.body.append(line)
    since = new Date().toLocaleTimeString(document.documentElement.lang)
  } else if (!why) return
  const text = [why, message('outage').replace('{time}', since)].filter(Boolean).join(' ')
  // What is put there anew is read out anew.
  if (line.textContent !== text) line.textContent = text
}

export function endOutage(): void {
  line?.remove()
  line = undefined
}

/** What an error of the API, or a `trouble` event, says in one line. */
export function reasonOf(json: string): string | undefined {
  try {
    const { title, cause } = JSON.parse(json).error as { title: string; cause?: string }
    return cause === undefined ? `${title}.` : `${title}. ${cause}`
  } catch {
    return undefined
  }
}
