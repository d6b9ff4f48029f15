/** What the server tells the script of its page. */
export const root = document.body.dataset.root ?? './'
export const live = document.body.dataset.live ?? 'off'

const messages = JSON.parse(document.body.dataset.messages ?? '{}') as Record<string, string>

export function message(name: string): string {
  return messages[name] ?? ''
}

let announcedAt = 0

/** Says something to who cannot see it, every ten seconds at most. */
export function announce(text: string, now = performance.now()): void {
  const announcer = document.getElementById('announcer')
  if (!announcer || (announcedAt > 0 && now - announcedAt < 10_000)) return
  announcedAt = now
  announcer.textContent = text
}
