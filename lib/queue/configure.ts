import { checkCodec } from '../core/codec.ts'
import { checkKnown } from '../core/did-you-mean.ts'
import { InvalidArgumentError } from '../core/errors.ts'
import { getOrMake } from '../core/get-or-make.ts'
import { checkQueueName } from '../core/names.ts'
import { checkOptions, ofType } from '../core/options.ts'
import type { Place } from '../redis/portable-spec.ts'
import type { StoreOptions } from './open-store.ts'
import type { EnqueueOptions, QueueOptions } from './queue-options.ts'
import type { Runnable } from './task-types.ts'

/** A call as `async` is asked about it. */
export interface PendingCall {
  readonly queue: string
  readonly func: Runnable
  readonly args: readonly unknown[]
  readonly options: EnqueueOptions
}

/**
 * What holds for every queue and worker of this process that is made from now on and does not say otherwise itself. A codec is the queues':
 * workers name the module of theirs, for their work-horses load it.
 */
export interface Configuration extends StoreOptions {
  /**
   * `false` runs each job in this process as it is enqueued, and needs no Redis: the connection that is configured here is not used then. A
   * function decides for each job. @default the variable RQ_ASYNC, else true
   */
  readonly async?: boolean | ((call: PendingCall) => boolean)
  readonly durability?: QueueOptions['durability']
  /** Lower runs sooner. @default 0 */
  readonly defaultPriority?: number
  /** Options of every job. */
  readonly defaults?: QueueOptions['defaults']
  /** The same for the jobs of a queue, by its name. */
  readonly queueAttributes?: Readonly<Record<string, QueueOptions['defaults']>>
}

export const STORE_OPTIONS = ['connection', 'prefix', 'commandTimeout', 'secret', 'codec'] as const
const NAMES = [...STORE_OPTIONS, 'async', 'durability', 'defaultPriority', 'defaults', 'queueAttributes']

/** One a process, even where funq is loaded twice. */
const KEY = Symbol.for('funq.configuration')
const shared = globalThis as { [KEY]?: { current: Configuration; worker?: Place } }
shared[KEY] ??= { current: {} }
const configuration = shared[KEY]

/**
 * Sets what queues and workers take for granted; what was set before and is not named here stays. Call it before the first queue is made:
 * a Queue keeps what held then. Those that `job()`, `enqueue()` and their like make for themselves go by what holds at each call.
 * Answers a function that puts back what held before.
 * @throws InvalidArgumentError
 */
export function configure(options: Configuration): () => void {
  if (typeof options !== 'object' || options === null) {
    throw new InvalidArgumentError(`configure(): expected an object of options, got ${String(options)}`)
  }
  checkKnown(options, NAMES)
  const { defaultPriority, defaults = {}, queueAttributes = {} } = options
  checkOptions({ ...defaults, ...(defaultPriority !== undefined && { priority: defaultPriority }) })
  if (typeof options.async !== 'function') ofType(options.async ?? true, 'boolean', 'async')
  if (options.codec !== undefined) checkCodec(options.codec)
  for (const [name, attributes] of Object.entries(queueAttributes))
    if (checkQueueName(name)) checkOptions(attributes ?? {})
  const before = configuration.current
  configuration.current = { ...before, ...options }
  return () => {
    configuration.current = before
  }
}

/** A map for each configuration, the current one's: what was made under one is used while that holds, and again when it is put back. */
export function ofConfiguration<V>(): () => Map<string, V> {
  const all = new WeakMap<Configuration, Map<string, V>>()
  return () => getOrMake(all, configuration.current, () => new Map<string, V>())
}

/**
 * Says where the worker is whose jobs run here: what they look for without saying where is there, unless `configure()` says otherwise.
 * Answers a function that puts back what held before.
 */
export function runsFor(worker: Place): () => void {
  const before = configuration.worker ?? {}
  configuration.worker = worker
  return () => {
    configuration.worker = before
  }
}

/** Where and how to connect, with what is configured. @param names of what the options may hold */
export function withConfiguredStore<O extends { readonly [N in keyof StoreOptions]?: unknown }>(
  options: O,
  names: readonly (keyof O & keyof StoreOptions)[],
): O {
  const { current, worker } = configuration
  // Who names a server means a prefix there, and not that of the worker on another.
  const isElsewhere = (options.connection ?? current.connection) !== undefined
  const held: StoreOptions = worker && !isElsewhere ? { ...(worker as StoreOptions), ...current } : current
  const missing = names.filter((name) => options[name] === undefined && held[name] !== undefined)
  if (missing.length === 0) return options
  return { ...options, ...Object.fromEntries(missing.map((name) => [name, held[name]])) }
}

/** A queue's options, with what is configured. @param queue its name, where there is one */
export function withConfiguration(options: QueueOptions, queue = ''): QueueOptions {
  const { current } = configuration
  const { async: wanted, durability, defaultPriority, defaults, queueAttributes = {} } = current
  const isAsync =
    options.async ?? (typeof wanted === 'function' ? undefined : (wanted ?? asyncOfEnvironment()))
  const { connection, ...others } = withConfiguredStore(options, STORE_OPTIONS)
  const used = isAsync === false ? options.connection : connection
  const all = {
    ...(defaultPriority !== undefined && { priority: defaultPriority }),
    ...defaults,
    ...(Object.hasOwn(queueAttributes, queue) ? queueAttributes[queue] : {}),
    ...options.defaults,
  }
  return {
    ...(durability && isAsync !== false && { durability }),
    ...others,
    ...(used !== undefined && { connection: used }),
    ...(isAsync !== undefined && { async: isAsync }),
    ...(Object.keys(all).length > 0 && { defaults: all }),
  }
}

/** So that one program runs its jobs here or there as its environment says, as other systems have a driver or an adapter for it. */
function asyncOfEnvironment(): boolean | undefined {
  const text = process.env.RQ_ASYNC
  if (!text) return undefined
  if (/^(yes|true|on|1)$/i.test(text)) return true
  if (/^(no|false|off|0)$/i.test(text)) return false
  throw new InvalidArgumentError(`RQ_ASYNC: expected yes or no, got ${JSON.stringify(text)}`)
}

/** What decides for each job whether it runs here, where that is configured. */
export function runsHere(): ((call: PendingCall) => boolean) | undefined {
  const { async: decides } = configuration.current
  return typeof decides === 'function' ? (call) => !decides(call) : undefined
}
