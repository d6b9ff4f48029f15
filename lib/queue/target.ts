import { checkKnown } from '../core/did-you-mean.ts'
import { InvalidArgumentError } from '../core/errors.ts'
import { getOrMake } from '../core/get-or-make.ts'
import { checkQueueName } from '../core/names.ts'
import { JOB_OPTION_NAMES } from '../core/options.ts'
import { CALLBACK_OPTIONS } from './callback.ts'
import { ofConfiguration } from './configure.ts'
import { type AskOptions, type Dynamic, toOptions } from './dynamic-options.ts'
import { type EnqueueOptions, Queue, type QueueOptions } from './queue.ts'

/** A queue, its name, or a function of the job's arguments that answers one of them. */
export type QueueChoice = string | Queue | ((...args: any[]) => string | Queue)

/** Where calls go that are written as calls: by `job()`, by `delay()`, and to a class. */
export interface Target {
  /** The queue, made at the first use: a worker imports tasks too, and needs no connection for them. */
  readonly open: (args: readonly unknown[], self?: unknown) => Queue
  readonly options: AskOptions
}

type TargetOptions = Dynamic<EnqueueOptions> & Omit<QueueOptions, 'defaults' | 'durability'>

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
  queue: QueueChoice,
  given: TargetOptions,
  what: string,
  more: readonly string[],
): Target {
  checkKnown(given, [...JOB_OPTION_NAMES, ...CALL_OPTIONS, ...QUEUE_OPTIONS, ...more])
  const { connection, prefix, commandTimeout, secret, codec, async, ...options } = given
  const own = queueOptions(given)
  const choose = toChoice(queue, own)
  const [needless] = Object.keys(own)
  if (needless !== undefined && queue instanceof Queue) {
    throw new InvalidArgumentError(
      `${what}: expected ${needless} with the name of a queue, got it with a Queue, which has its own; leave it out`,
    )
  }
  return { open: choose, options: toOptions(options) }
}

function toChoice(queue: QueueChoice, own: QueueOptions): Target['open'] {
  if (queue instanceof Queue) return () => queue
  if (typeof queue !== 'function') checkQueueName(queue)
  const opened = ofConfiguration<Queue>()
  return (args, self) => {
    const chosen = typeof queue === 'function' ? queue.apply(self, [...args]) : queue
    return chosen instanceof Queue ? chosen : getOrMake(opened(), chosen, () => new Queue(chosen, own))
  }
}
