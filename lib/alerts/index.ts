import { checkKnown } from '../core/did-you-mean.ts'
import { type Duration, toMs } from '../core/duration.ts'
import { InvalidArgumentError } from '../core/errors.ts'
import { openStore, type StoreOptions } from '../queue/open-store.ts'
import type { Alert, DeadAlert, GroupNewAlert, QueueStalledAlert } from './alert.ts'
import { look, type Seen } from './look.ts'
import { type AlertWebhook, checkWebhook, post } from './webhook.ts'

export type { Alert, AlertWebhook, DeadAlert, GroupNewAlert, QueueStalledAlert }

export interface AlertOptions extends Pick<StoreOptions, 'connection' | 'prefix' | 'commandTimeout'> {
  /** Jobs have failed for good, told once a look for each cause; those that are snoozed in the dashboard are not told. */
  readonly onDead?: (alert: DeadAlert) => unknown
  /** Jobs fail for a cause that there was not before. */
  readonly onGroupNew?: (alert: GroupNewAlert) => unknown
  /** The job that is next in a queue has waited longer than `stalledAfter`. */
  readonly onQueueStalled?: (alert: QueueStalledAlert) => unknown
  /** All of them, posted. */
  readonly webhook?: AlertWebhook
  /** @default 5 min */
  readonly stalledAfter?: Duration
  /** Time between two looks. @default 30 s */
  readonly every?: Duration
  /** Told of what went wrong with a look, a hook or a request; each look and each request is tried again with the next look. @default console.error */
  readonly onError?: (error: Error) => unknown
}

export interface Alerts extends AsyncDisposable {
  /** Looks now, and answers what it told. */
  runOnce(): Promise<Alert[]>
  close(): Promise<void>
}

const HOOKS = ['onDead', 'onGroupNew', 'onQueueStalled', 'onError'] as const
const NAMES = ['connection', 'prefix', 'commandTimeout', 'webhook', 'stalledAfter', 'every', ...HOOKS]
/** Alerts that could not be posted yet: of more the oldest are let go. */
const MOST_UNSENT = 1_000

/**
 * Tells of what goes wrong in the queues, from now on: one process should, for each that watches tells of the same. It asks Redis every 30 s.
 * @throws InvalidArgumentError
 */
export function watchAlerts(given: AlertOptions): Alerts {
  checkKnown(given, NAMES)
  for (const name of HOOKS) {
    if (given[name] !== undefined && typeof given[name] !== 'function')
      throw new InvalidArgumentError(`${name}: expected a function, got ${typeof given[name]}`)
  }
  const { connection, prefix, commandTimeout = '5s', ...options } = given
  const webhook = options.webhook && checkWebhook(options.webhook)
  const stalledMs = toMs(options.stalledAfter ?? '5m', 'stalledAfter')
  const everyMs = toMs(options.every ?? '30s', 'every')
  if (everyMs < 1000) throw new InvalidArgumentError(`every: expected 1 s or more, got ${everyMs} ms`)
  const place = { ...(connection !== undefined && { connection }), ...(prefix !== undefined && { prefix }) }
  const { store, release } = openStore({ ...place, commandTimeout })
  const complain = options.onError ?? ((error: Error) => console.error(error))
  let seen: Seen | undefined
  let unsent: Alert[] = []

  const tell = async (alert: Alert): Promise<void> => {
    const { onDead, onGroupNew, onQueueStalled } = options
    try {
      if (alert.type === 'dead') await onDead?.(alert)
      else if (alert.type === 'groupNew') await onGroupNew?.(alert)
      else await onQueueStalled?.(alert)
    } catch (error) {
      await complain(error as Error)
    }
  }
  const send = async (): Promise<void> => {
    for (const alert of unsent.splice(0)) {
      try {
        await post(webhook!, alert)
      } catch (error) {
        unsent.push(alert)
        await complain(error as Error)
      }
    }
    unsent = unsent.slice(-MOST_UNSENT)
  }
  const lookOnce = async (): Promise<Alert[]> => {
    const found = await look(store, stalledMs, seen)
    // Not before: what a look that failed did not see is for the next one.
    seen = found.seen
    for (const alert of found.alerts) await tell(alert)
    if (webhook) {
      unsent.push(...found.alerts)
      await send()
    }
    return found.alerts
  }
  // One after the other, whoever asks.
  let last: Promise<unknown> = Promise.resolve()
  const runOnce = (): Promise<Alert[]> => {
    const turn = last.then(lookOnce)
    last = turn.catch(() => {})
    return turn
  }
  const begin = () => void runOnce().catch(complain)
  begin()
  const timer = setInterval(begin, everyMs)
  const close = async (): Promise<void> => {
    clearInterval(timer)
    await last
    await release()
  }
  return { runOnce, close, [Symbol.asyncDispose]: close }
}
