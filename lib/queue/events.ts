import { InvalidArgumentError } from '../core/errors.ts'
import { checkQueueName } from '../core/names.ts'
import { type JobStatus, STATES } from '../core/states.ts'
import { Connection } from '../redis/connection.ts'
import { eventsChannel, queueBase } from '../redis/keys.ts'
import { toTarget } from '../redis/target.ts'
import { withConfiguredStore } from './configure.ts'
import { checkPrefix, DEFAULT_PREFIX, type StoreOptions } from './open-store.ts'

/** A job came into a state. `queued` may also be a job that was given back or runs again; of one over within 10 ms, `started` may be left out. */
export interface QueueEvent {
  readonly queue: string
  readonly id: string
  readonly status: JobStatus
  /** By the clock of Redis. */
  readonly at: Date
}

/** Whose events `watchEvents` gives, and until when. */
export interface WatchOptions extends Pick<StoreOptions, 'connection' | 'prefix'> {
  /** Ends the watch. */
  readonly signal?: AbortSignal
}

/** The scripts tell of events for so long after the last word of a listener. */
const LISTENING_MS = 10_000
const REFRESH_MS = 4_000

/**
 * Tells of jobs as they are enqueued, begin and end, from now on, until `signal` aborts. Nothing is kept for who comes later, and what
 * happens while the connection is down is not heard. While nobody watches, a queue spends nothing on it.
 * @throws RedisUnavailableError where the first word with Redis fails, and what `onEvent` throws, which ends the watch
 */
export async function watchEvents(
  queues: string | readonly string[],
  onEvent: (event: QueueEvent) => void,
  { signal, ...given }: WatchOptions = {},
): Promise<void> {
  const names = [queues].flat().map(checkQueueName)
  if (names.length === 0) throw new InvalidArgumentError('queues: expected at least one queue name, got none')
  const place = withConfiguredStore(given, ['connection', 'prefix'])
  const prefix = checkPrefix(place.prefix ?? DEFAULT_PREFIX)
  const connection = new Connection(toTarget(place.connection))
  const release = connection.hold()
  let timer: NodeJS.Timeout | undefined
  let fail: (error: unknown) => void = () => {}
  const over = new Promise<void>((resolve, reject) => {
    fail = reject
    if (signal?.aborted) resolve()
    else signal?.addEventListener('abort', () => resolve(), { once: true })
  })
  let hasFailed = false
  const hear = (name: string) => (message: string) => {
    for (const event of readEvents(name, message)) {
      if (signal?.aborted || hasFailed) return
      try {
        onEvent(event)
      } catch (error) {
        hasFailed = true
        fail(error)
      }
    }
  }
  const listen = () =>
    Promise.all(names.map((name) => connection.run('listen', queueBase(prefix, name), [LISTENING_MS])))
  const begin = async () => {
    for (const name of names) await connection.subscribe(eventsChannel(prefix, name), hear(name))
    await listen()
  }
  try {
    // A Redis that cannot be reached keeps nobody waiting who has had enough.
    await Promise.race([begin(), over])
    // A Redis that is away for a while is tried again with the next one.
    timer = setInterval(() => void listen().catch(() => {}), REFRESH_MS)
    await over
  } finally {
    clearInterval(timer)
    release()
    await connection.close()
  }
}

function readEvents(queue: string, message: string): QueueEvent[] {
  try {
    const [at, events] = JSON.parse(message) as [number, [string, JobStatus][]]
    const known = events.filter(([id, status]) => typeof id === 'string' && STATES.includes(status))
    return known.map(([id, status]) => ({ queue, id, status, at: new Date(at) }))
  } catch {
    // Anybody may publish here, and this is not of ours.
    return []
  }
}
