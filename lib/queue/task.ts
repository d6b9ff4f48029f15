import { unknownOption } from '../core/did-you-mean.ts'
import { InvalidArgumentError } from '../core/errors.ts'
import { parseFunctionName } from '../core/function-name.ts'
import { JOB_OPTION_NAMES } from '../core/options.ts'
import type { Class } from '../core/register-class.ts'
import type { Job } from './job.ts'
import { nameOfMethod } from './name-of.ts'
import { type EnqueueOptions, Queue, type QueueOptions } from './queue.ts'
import type { Args, Result, Task } from './task-types.ts'

/** What name-of.ts and the worker's loader look for on a wrapped function. */
const ORIGINAL = Symbol.for('funq.task')
const NAME = Symbol.for('funq.name')

/** A function that can be called now, or enqueued by `delay`. */
export type Delayable<F extends Task> = F & {
  /** Enqueues the call. In place of any argument a Job may stand, whose result it then gets. */
  delay(...args: Args<F>): Promise<Job<Result<F>>>
  /** The same with options that go before the function's own. */
  with(options: EnqueueOptions): { delay(...args: Args<F>): Promise<Job<Result<F>>> }
}

export interface TaskOptions extends EnqueueOptions, Omit<QueueOptions, 'defaults'> {
  /** `path#export`, where it cannot be found out: in bundles, and in runtimes without an inspector. */
  readonly name?: string
}

/** Wraps a function, or decorates a static or instance method: see `job`. */
export interface TaskMaker {
  <F extends Task>(func: F): Delayable<F>
  /** As a standard decorator. */
  <F extends Task>(method: F, context: ClassMethodDecoratorContext): F
  /** As an experimental decorator. */
  (target: object, key: string | symbol, descriptor: PropertyDescriptor): PropertyDescriptor
}

/**
 * Makes a function enqueueable by `delay`: `export const add = job('low', { timeout: 5 })((x: number, y: number) => x + y)`, then
 * `add(3, 4)` runs now and `await add.delay(3, 4)` enqueues. Also a decorator for static and instance methods.
 * @param queue a name, or a Queue whose connection is used
 */
export function job(queue: string | Queue = 'default', options: TaskOptions = {}): TaskMaker {
  const { connection, prefix, async, name, ...enqueueOptions } = options
  for (const option of Object.keys(enqueueOptions)) {
    const known = [...JOB_OPTION_NAMES, 'dependsOn', 'connection', 'prefix', 'async', 'name']
    if (!known.includes(option)) throw unknownOption(option, known)
  }
  if (name !== undefined) parseFunctionName(name)
  let opened: Queue | undefined = queue instanceof Queue ? queue : undefined
  // Not before the first use: a worker imports this module too, and needs no connection for it.
  const open = () =>
    (opened ??= new Queue(queue as string, {
      ...(connection !== undefined && { connection }),
      ...(prefix !== undefined && { prefix }),
      ...(async !== undefined && { async }),
    }))
  const maker: Maker = { open, options: enqueueOptions, name }
  return ((
    target: Task | object,
    context?: ClassMethodDecoratorContext | string | symbol,
    descriptor?: PropertyDescriptor,
  ) => {
    if (descriptor) return decorateOld(maker, target, context as string | symbol, descriptor)
    if (typeof target !== 'function')
      throw new InvalidArgumentError(`job(): expected a function, got ${typeof target}`)
    if (typeof context !== 'object') return wrap(maker, target as Task)
    return decorate(maker, target as Task, context)
  }) as TaskMaker
}

interface Maker {
  readonly open: () => Queue
  readonly options: EnqueueOptions
  readonly name: string | undefined
}

/** @param self the instance a method is called on, which travels as its first argument */
function wrap(
  maker: Maker,
  original: Task,
  nameOfMethod?: () => Promise<string>,
  self?: () => unknown,
): Delayable<Task> {
  const wrapped = function (this: unknown, ...args: unknown[]): unknown {
    return original.apply(self ? self() : this, args)
  } as Delayable<Task>
  Object.defineProperty(wrapped, 'name', { value: original.name, configurable: true })
  Object.defineProperty(wrapped, 'length', { value: original.length, configurable: true })
  define(wrapped, ORIGINAL, original)
  if (maker.name !== undefined) define(wrapped, NAME, maker.name)
  const send = async (options: EnqueueOptions, args: unknown[]): Promise<Job> => {
    const queue = maker.open().with(options)
    return nameOfMethod
      ? queue.enqueue(await nameOfMethod(), self!(), ...args)
      : queue.enqueue(wrapped as Task, ...args)
  }
  define(wrapped, 'delay', (...args: unknown[]) => send(maker.options, args))
  define(wrapped, 'with', (options: EnqueueOptions) => ({
    delay: (...args: unknown[]) => send({ ...maker.options, ...options }, args),
  }))
  return wrapped
}

function decorate(maker: Maker, method: Task, context: ClassMethodDecoratorContext): Task | undefined {
  if (context.kind !== 'method') throw notAMethod(String(context.kind))
  if (context.private) throw notAMethod(`the private ${String(context.name)}`)
  if (context.static) return wrap(maker, method)
  // A method knows no instance, so each instance gets its own, hidden from whoever lists its properties.
  context.addInitializer(function (this: unknown) {
    define(this as object, context.name, bound(maker, method, this as object, context.name))
  })
  return undefined
}

function decorateOld(
  maker: Maker,
  target: object,
  key: string | symbol,
  descriptor: PropertyDescriptor,
): PropertyDescriptor {
  const method = descriptor.value as Task
  if (typeof method !== 'function') throw notAMethod(String(key))
  if (typeof target === 'function') return { ...descriptor, value: wrap(maker, method) }
  return {
    configurable: true,
    enumerable: false,
    get(this: object) {
      return this === target ? method : bound(maker, method, this, key)
    },
  }
}

function bound(maker: Maker, method: Task, self: object, key: string | symbol): Delayable<Task> {
  return wrap(
    maker,
    method,
    () => methodName(self, key),
    () => self,
  )
}

/** `path#Class.prototype.method`: how a method of a registered class's instance is named. */
export async function methodName(self: object, key: string | symbol): Promise<string> {
  const { constructor: type } = Object.getPrototypeOf(self) as { constructor: Class }
  return nameOfMethod(type, String(key))
}

function define(target: object, key: string | symbol, value: unknown): void {
  Object.defineProperty(target, key, { value, writable: true, configurable: true, enumerable: false })
}

function notAMethod(what: string): InvalidArgumentError {
  return new InvalidArgumentError(
    `@job: expected a public method, got ${what}; decorate a method, or wrap a function by job()(fn)`,
  )
}
