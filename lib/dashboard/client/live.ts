import { merge } from './merge.ts'
import { endOutage, reasonOf, tellOutage } from './outage.ts'
import { announce, live, message, root } from './page.ts'

/** A page is not asked for more often than this, whatever happens. */
const QUIET_MS = 2_000
const POLL_MS = 5_000
const SLOWEST_POLL_MS = 30_000
/** After so many connections that could not be opened it asks now and then instead. */
const FAILURES = 2

type State = 'on' | 'paused' | 'lost'

let source: EventSource | undefined
let timer: number | undefined
let isPaused = sessionStorage.getItem('rq-paused') === '1'
let isHeld = false
let isWaiting = false
let failures = 0
let refreshedAt = 0
let lastTag = ''
let pollMs = POLL_MS
let version = ''

/** Keeps a page up to date while it is looked at: by events, or by asking where connections cannot stay open. */
export function startLive(): void {
  const place = document.getElementById('live')
  if (live === 'off' || !place) return
  place.hidden = false
  document.addEventListener('visibilitychange', () => (document.hidden ? stop() : start()))
  // Nothing moves under a finger that is down, or behind an open dialog.
  document.addEventListener('pointerdown', () => {
    isHeld = true
  })
  for (const kind of ['pointerup', 'pointercancel'] as const) {
    document.addEventListener(kind, () => {
      isHeld = false
    })
  }
  place.addEventListener('click', (event) => {
    if (!(event.target instanceof Element) || !event.target.closest('button')) return
    isPaused = !isPaused
    sessionStorage.setItem('rq-paused', isPaused ? '1' : '0')
    if (isPaused) stop()
    else start()
    show(isPaused ? 'paused' : 'on')
  })
  addEventListener('pagehide', stop)
  if (isPaused) show('paused')
  else start()
}

function start(): void {
  if (isPaused || document.hidden || source || timer !== undefined) return
  if (live === 'poll' || failures >= FAILURES) {
    poll()
    return
  }
  source = new EventSource(`${root}live`)
  source.onopen = () => {
    failures = 0
    show('on')
  }
  source.onmessage = ({ data }) => {
    show('on')
    hear(data as string)
  }
  source.addEventListener('trouble', ({ data }) => show('lost', reasonOf(data as string)))
  source.onerror = () => {
    failures++
    show('lost')
    if (failures < FAILURES && source?.readyState !== EventSource.CLOSED) return
    failures = FAILURES
    stop()
    start()
  }
}

function stop(): void {
  source?.close()
  source = undefined
  clearTimeout(timer)
  timer = undefined
}

function poll(): void {
  timer = window.setTimeout(async () => {
    try {
      const headers = lastTag ? { 'if-none-match': lastTag } : {}
      const response = await fetch(`${root}live.json`, { headers })
      if (response.status !== 304 && !response.ok) throw new Error(reasonOf(await response.text()))
      pollMs = POLL_MS
      show('on')
      if (response.status !== 304) {
        lastTag = response.headers.get('etag') ?? ''
        hear(await response.text())
      }
    } catch (error) {
      pollMs = Math.min(pollMs * 2, SLOWEST_POLL_MS)
      // That nobody answers at all is said in words of the browser's.
      show('lost', error instanceof TypeError ? undefined : (error as Error).message)
    }
    if (timer === undefined) return
    poll()
  }, pollMs)
}

/** Something has changed: the page is asked for what it shows now. */
function hear(text: string): void {
  const { v } = JSON.parse(text) as { v: string }
  const isFirst = version === ''
  if (v === version) return
  version = v
  if (!isFirst) soon()
}

function soon(): void {
  if (isWaiting) return
  isWaiting = true
  const wait = Math.max(0, refreshedAt + QUIET_MS - performance.now())
  setTimeout(async () => {
    isWaiting = false
    if (isPaused || document.hidden) return
    if (isHeld || document.querySelector('dialog[open]')) {
      soon()
      return
    }
    refreshedAt = performance.now()
    await refresh()
  }, wait)
}

async function refresh(): Promise<void> {
  const url = new URL(location.href)
  url.searchParams.set('_part', '1')
  try {
    const response = await fetch(url)
    if (!response.ok) return show('lost')
    const fresh = new DOMParser().parseFromString(await response.text(), 'text/html')
    if (!isHeld && merge(fresh)) announce(message('updated'))
  } catch {
    show('lost')
  }
}

let shown: State | undefined

function show(state: State, why?: string): void {
  if (state === 'lost') tellOutage(why)
  else endOutage()
  const place = document.getElementById('live')
  if (!place || shown === state) return
  shown = state
  place.dataset.state = state
  const word = { on: message('live'), paused: message('livePaused'), lost: message('liveLost') }[state]
  const button = document.createElement('button')
  button.type = 'button'
  button.className = 'quiet'
  button.setAttribute('aria-pressed', String(state === 'paused'))
  button.title = state === 'paused' ? message('liveResume') : message('livePause')
  const dot = document.createElement('span')
  dot.className = 'dot'
  button.append(dot, word)
  const hadFocus = place.contains(document.activeElement)
  place.replaceChildren(button)
  if (hadFocus) button.focus()
}
