import { type Codec, checkCodec } from '../core/codec.ts'
import { checkKnown } from '../core/did-you-mean.ts'
import { InvalidArgumentError } from '../core/errors.ts'
import { getOrMake } from '../core/get-or-make.ts'
import { ENQUEUE_OPTION_NAMES, type JobOptions, ofType } from '../core/options.ts'
import type { Store } from '../core/store.ts'
import { MemoryStore } from '../memory/store.ts'
import type { Transaction } from '../redis/transaction.ts'
import type { CallbackOptions } from './callback.ts'
import type { DependsOn } from './dependencies.ts'
import type { DurabilityOptions } from './durability.ts'
import type { Group } from './group.ts'
import { DEFAULT_PREFIX, openStore, type StoreOptions } from './open-store.ts'
import type { FuncWithArgs, Runnable } from './task-types.ts'

/** What one enqueue may set. */
export interface EnqueueOptions extends JobOptions, CallbackOptions {
  /** Jobs that must finish first. */
  readonly dependsOn?: DependsOn | readonly DependsOn[]
  /** The group that it belongs to, which must not be sealed yet. */
  readonly group?: Group
  /**
   * What `redis.multi()` of your own ioredis client gives: the job is there when you have committed it by `exec()`, together with your
   * own commands. Look at what `exec()` answers: a refused job is an error there. See docs/queues.md.
   */
  readonly transaction?: Transaction
}

/** What `new Queue` takes beside the name. */
export interface QueueOptions extends StoreOptions {
  /** `false` runs each job in this process as it is enqueued, and needs no Redis unless a connection is given. @default true */
  readonly async?: boolean
  /** Replicas that must have a job before its enqueue resolves; else it rejects with NotDurableError. @default none */
  readonly durability?: DurabilityOptions
  /** Options of every job of this queue that does not set them itself. */
  readonly defaults?: Omit<JobOptions, 'id' | 'at' | 'in'>
}

/** RQ's explicit form: the function, its arguments and the options in one object. */
export type EnqueueCall<F extends Runnable> = EnqueueOptions & FuncWithArgs<F>

/** @throws InvalidArgumentError */
export function fromExplicit({ func, args, ...options }: EnqueueCall<Runnable>) {
  // Its name may be wrong, which tells more than that there is none.
  if (func === undefined) checkKnown(options, ['func', 'args', ...ENQUEUE_OPTION_NAMES])
  if (args !== undefined && !Array.isArray(args))
    throw new InvalidArgumentError(`args: expected a list of arguments, got ${typeof args}`)
  return [args ?? [], options] as const
}

const QUEUE_OPTIONS = [
  'connection',
  'prefix',
  'commandTimeout',
  'secret',
  'codec',
  'async',
  'durability',
  'defaults',
]

/** Synchronous queues without a connection share one store, so that their jobs can depend on each other. */
const memory = new Map<Codec | undefined, Map<string, MemoryStore>>()

/** The store that a queue's options mean. @throws InvalidArgumentError for an option that does not exist */
export function openQueueStore(options: QueueOptions): { store: Store; release: () => Promise<void> } {
  checkKnown(options, QUEUE_OPTIONS)
  return openPlace(options)
}

/** The same, whatever else the options say. */
export function openPlace(options: QueueOptions): { store: Store; release: () => Promise<void> } {
  ofType(options.async ?? true, 'boolean', 'async')
  if (options.async !== false || options.connection !== undefined) return openStore(options)
  const codec = options.codec === undefined ? undefined : checkCodec(options.codec)
  const ofCodec = getOrMake(memory, codec, () => new Map<string, MemoryStore>())
  const store = getOrMake(ofCodec, options.prefix ?? DEFAULT_PREFIX, () => new MemoryStore({ codec }))
  return { store, release: async () => store.dropWaits() }
}
