import { InvalidArgumentError } from '../core/errors.ts'
import { parseFunctionName } from '../core/function-name.ts'
import type { Class } from '../core/register-class.ts'
import type { Job } from './job.ts'
import { nameOfMethod } from './name-of.ts'
import type { EnqueueOptions, Queue, QueueOptions } from './queue.ts'
import { type Target, toTarget } from './target.ts'
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
  const { name, ...rest } = options
  if (name !== undefined) parseFunctionName(name)
  const maker: Maker = { ...toTarget(queue, rest, 'job()', ['name']), name }
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

/** What `job` was told of a function. */
export interface Maker extends Target {
  readonly name: string | undefined
}

/** By the wrapped function and, of a decorated instance method, by what stands on the prototype: the method or its getter. */
const makers = new WeakMap<Task, Maker>()

export function makerOf(func: Task): Maker | undefined {
  return makers.get(func)
}

/** A method that overrides a decorated one is enqueued as that is. */
export function makerOfMethod(holder: object, key: string | symbol): Maker | undefined {
  for (let owner: object | null = holder; owner !== null; owner = Object.getPrototypeOf(owner)) {
    const property = Object.getOwnPropertyDescriptor(owner, key)
    const maker = makers.get(property?.value ?? property?.get)
    if (maker !== undefined) return maker
  }
  return undefined
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
  makers.set(wrapped, maker)
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
  makers.set(method, maker)
  // What came out of a payload was made without its constructor, and so without the initializer below.
  define(method, 'delay', () => {
    throw new InvalidArgumentError(
      `${String(context.name)}.delay(): there is no instance here, or one out of a payload; write delay(instance).${String(context.name)}() instead`,
    )
  })
  // A method knows no instance, so each instance gets its own, hidden from whoever lists its properties. It calls what
  // the prototype has by then: other decorators may wrap the method, a subclass may override it.
  context.addInitializer(function (this: unknown) {
    const self = this as object
    const current = Object.getPrototypeOf(self)[context.name] as Task
    define(self, context.name, bound(maker, current, self, context.name))
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
  const get = function (this: object): Task {
    return this === target ? method : bound(maker, method, this, key)
  }
  // Whoever looks the method up by its descriptor finds it behind the getter.
  define(get, ORIGINAL, method)
  makers.set(get, maker)
  return {
    configurable: true,
    enumerable: false,
    get,
    set(this: object, value: unknown) {
      define(this, key, value)
    },
  }
}

function bound(maker: Maker, method: Task, self: object, key: string | symbol): Delayable<Task> {
  return wrap(
    maker,
    method,
    async () => maker.name ?? methodName(self, key),
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
