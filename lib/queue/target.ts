import { unknownOption } from '../core/did-you-mean.ts'
import { InvalidArgumentError } from '../core/errors.ts'
import { checkQueueName } from '../core/names.ts'
import { checkOptions, JOB_OPTION_NAMES } from '../core/options.ts'
import { CALLBACK_OPTIONS } from './callback.ts'
import { type EnqueueOptions, Queue, type QueueOptions } from './queue.ts'

/** Where calls go that are written as calls: by `job()` and by `delay()`. */
export interface Target {
  /** The queue, made at the first use: a worker imports tasks too, and needs no connection for them. */
  readonly open: () => Queue
  readonly options: EnqueueOptions
}

type TargetOptions = EnqueueOptions & Omit<QueueOptions, 'defaults'>

/** What only a call can have, not a queue's defaults. */
const CALL_OPTIONS = ['dependsOn', 'group', 'transaction', ...CALLBACK_OPTIONS]
const QUEUE_OPTIONS = ['connection', 'prefix', 'commandTimeout', 'secret', 'codec', 'async'] as const

/** Those of the options that make a queue what it is, not its jobs. */
function queueOptions(given: TargetOptions): QueueOptions {
  return Object.fromEntries(
    QUEUE_OPTIONS.filter((option) => given[option] !== undefined).map((option) => [option, given[option]]),
  )
}

export function setsQueue(given: TargetOptions): boolean {
  return Object.keys(queueOptions(given)).length > 0
}

/**
 * Checks everything at once, so that a mistake is told where it was written.
 * @param what as messages call it: `job()` @param more names of options that the caller has taken out
 * @throws InvalidArgumentError
 */
export function toTarget(
  queue: string | Queue,
  given: TargetOptions,
  what: string,
  more: readonly string[],
): Target {
  const known = [...JOB_OPTION_NAMES, ...CALL_OPTIONS, ...QUEUE_OPTIONS, ...more]
  for (const option of Object.keys(given)) if (!known.includes(option)) throw unknownOption(option, known)
  const { connection, prefix, commandTimeout, secret, codec, async, ...options } = given
  const { dependsOn, transaction, onSuccess, onFailure, onStopped, group, ...jobOptions } = options
  checkOptions(jobOptions)
  const own = queueOptions(given)
  if (!(queue instanceof Queue)) {
    checkQueueName(queue)
    let opened: Queue | undefined
    return { open: () => (opened ??= new Queue(queue, own)), options }
  }
  const [needless] = Object.keys(own)
  if (needless !== undefined) {
    throw new InvalidArgumentError(
      `${what}: expected ${needless} with the name of a queue, got it with a Queue, which has its own; leave it out`,
    )
  }
  return { open: () => queue, options }
}
