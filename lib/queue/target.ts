import { unknownOption } from '../core/did-you-mean.ts'
import { InvalidArgumentError } from '../core/errors.ts'
import { checkQueueName } from '../core/names.ts'
import { checkOptions, JOB_OPTION_NAMES } from '../core/options.ts'
import { type EnqueueOptions, Queue, type QueueOptions } from './queue.ts'

/** Where calls go that are written as calls: by `job()` and by `delay()`. */
export interface Target {
  /** The queue, made at the first use: a worker imports tasks too, and needs no connection for them. */
  readonly open: () => Queue
  readonly options: EnqueueOptions
}

type TargetOptions = EnqueueOptions & Omit<QueueOptions, 'defaults'>

const QUEUE_OPTIONS = ['connection', 'prefix', 'async'] as const

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
  const known = [...JOB_OPTION_NAMES, 'dependsOn', ...QUEUE_OPTIONS, ...more]
  for (const option of Object.keys(given)) if (!known.includes(option)) throw unknownOption(option, known)
  const { connection, prefix, async, ...options } = given
  const { dependsOn: _, ...jobOptions } = options
  checkOptions(jobOptions)
  if (!(queue instanceof Queue)) {
    checkQueueName(queue)
    let opened: Queue | undefined
    const open = () =>
      (opened ??= new Queue(queue, {
        ...(connection !== undefined && { connection }),
        ...(prefix !== undefined && { prefix }),
        ...(async !== undefined && { async }),
      }))
    return { open, options }
  }
  const own = QUEUE_OPTIONS.find((option) => given[option] !== undefined)
  if (own !== undefined) {
    throw new InvalidArgumentError(
      `${what}: expected ${own} with the name of a queue, got it with a Queue, which has its own; leave it out`,
    )
  }
  return { open: () => queue, options }
}
