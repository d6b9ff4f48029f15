import { checkKnown } from '../core/did-you-mean.ts'
import { type Duration, toMs } from '../core/duration.ts'
import { ClosedError, InvalidArgumentError } from '../core/errors.ts'
import { openStore, type StoreOptions } from '../queue/open-store.ts'
import type { Alert, DeadAlert, GroupNewAlert, QueueStalledAlert } from './alert.ts'
import { look, type Seen } from './look.ts'
import { type AlertWebhook, poster } from './webhook.ts'

export type { Alert, AlertWebhook, DeadAlert, GroupNewAlert, QueueStalledAlert }

/** Who is told of what by `watchAlerts`, and how often it looks. */
export interface AlertOptions extends Pick<StoreOptions, 'connection' | 'prefix'> {
  /** How long a command to Redis may take, reconnecting included, before the look is given up. @default 5 s */
  readonly commandTimeout?: Duration
  /** Jobs have failed for good, told once a look for each cause; those that are snoozed in the dashboard are not told. @default none */
  readonly onDead?: (alert: DeadAlert) => unknown
  /** Jobs fail for a cause that there was not before; `onDead` is told of them too. @default none */
  readonly onGroupNew?: (alert: GroupNewAlert) => unknown
  /** The job that is next in a queue has waited longer than `stalledAfter`; that of a paused queue may. @default none */
  readonly onQueueStalled?: (alert: QueueStalledAlert) => unknown
  /** All of them, posted one after the other: what is refused is posted again with the next look, of more than 1,000 the last. @default none */
  readonly webhook?: AlertWebhook
  /** @default 5 min */
  readonly stalledAfter?: Duration
  /** Time between two looks, 1 s to 24 days. One that takes longer puts off the next, and hooks are waited for. @default 30 s */
  readonly every?: Duration
  /**
   * Told of what went wrong with a look, a hook or a request. What a look that failed would have told is told by the next one; a hook that
   * failed is not called again. @default console.error
   */
  readonly onError?: (error: Error) => unknown
}

/** A watch that is under way: what `watchAlerts` gives. */
export interface Alerts extends AsyncDisposable {
  /** Looks now, and answers what it told. @throws RedisUnavailableError, and the like; ClosedError */
  runOnce(): Promise<Alert[]>
  /** Lets the look that is under way end; what could not be posted by then is lost. Calling it twice is harmless. */
  close(): Promise<void>
}

const HOOKS = ['onDead', 'onGroupNew', 'onQueueStalled', 'onError'] as const
const NAMES = ['connection', 'prefix', 'commandTimeout', 'webhook', 'stalledAfter', 'every', ...HOOKS]
const MOST_MS = 24 * 86_400_000

/**
 * Tells of what goes wrong in the queues, from now on, until it is closed: it keeps the process alive. One process should, for each that watches
 * tells of the same.
 * @throws InvalidArgumentError
 */
export function watchAlerts(given: AlertOptions): Alerts {
  checkKnown(given, NAMES)
  for (const name of HOOKS) {
    if (given[name] !== undefined && typeof given[name] !== 'function')
      throw new InvalidArgumentError(`${name}: expected a function, got ${typeof given[name]}`)
  }
  const { connection, prefix, commandTimeout = '5s', webhook, ...options } = given
  const stalledMs = toMs(options.stalledAfter ?? '5m', 'stalledAfter')
  const everyMs = toMs(options.every ?? '30s', 'every')
  if (everyMs < 1000 || everyMs > MOST_MS)
    throw new InvalidArgumentError(`every: expected 1 s to 24 days, got ${everyMs} ms`)
  const complain = async (error: unknown): Promise<void> => {
    try {
      await (options.onError ?? console.error)(error as Error)
    } catch (another) {
      // Nobody is left to tell, and the watch is to go on.
      console.error(another)
    }
  }
  const post = webhook && poster(webhook, complain)
  const place = { ...(connection !== undefined && { connection }), ...(prefix !== undefined && { prefix }) }
  const { store, release } = openStore({ ...place, commandTimeout })
  let seen: Seen | undefined
  let isClosed = false

  const tell = async (alert: Alert): Promise<void> => {
    const { onDead, onGroupNew, onQueueStalled } = options
    try {
      if (alert.type === 'dead') await onDead?.(alert)
      else if (alert.type === 'groupNew') await onGroupNew?.(alert)
      else await onQueueStalled?.(alert)
    } catch (error) {
      await complain(error)
    }
  }
  const lookOnce = async (): Promise<Alert[]> => {
    const found = await look(store, stalledMs, seen)
    // Not before: what a look that failed did not see is for the next one.
    seen = found.seen
    for (const alert of found.alerts) await tell(alert)
    await post?.(found.alerts)
    return found.alerts
  }
  // One after the other, whoever asks.
  let last: Promise<unknown> = Promise.resolve()
  const runOnce = async (): Promise<Alert[]> => {
    if (isClosed) throw new ClosedError('this watch of alerts is closed; make a new one to go on')
    const turn = last.then(lookOnce)
    last = turn.catch(() => {})
    return turn
  }
  let isLooking = false
  const begin = async (): Promise<void> => {
    // Else turns would pile up behind one that takes longer.
    if (isLooking) return
    isLooking = true
    await runOnce().catch(complain)
    isLooking = false
  }
  void begin()
  const timer = setInterval(begin, everyMs)
  const close = async (): Promise<void> => {
    isClosed = true
    clearInterval(timer)
    await last
    await release()
  }
  return { runOnce, close, [Symbol.asyncDispose]: close }
}
