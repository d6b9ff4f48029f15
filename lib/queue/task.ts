import { checkKnown } from '../core/did-you-mean.ts'
import { InvalidArgumentError } from '../core/errors.ts'
import { parseFunctionName } from '../core/function-name.ts'
import type { Class } from '../core/register-class.ts'
import { type Callable, originalOf } from '../run/exports.ts'
import { HOOKS } from '../run/job-hooks.ts'
import type { Dynamic } from './dynamic-options.ts'
import { JOB_HOOKS, type JobHooks } from './hooks.ts'
import type { Job } from './job.ts'
import { nameOfMethod } from './name-of.ts'
import type { EnqueueOptions, QueueOptions } from './queue.ts'
import { namedTask } from './runnable.ts'
import { type QueueChoice, type Target, toTarget } from './target.ts'
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
  /** Calls the function here and now. */
  now: F
}

/** A function each call of which is enqueued. */
export type Background<F extends Task> = ((...args: Args<F>) => Promise<Job<Result<F>>>) &
  Pick<Delayable<F>, 'delay' | 'with' | 'now'>

/** What `job()` takes: where the jobs of a function go, and options of each, which may be functions of its arguments. */
export type TaskOptions = Dynamic<EnqueueOptions> &
  Omit<QueueOptions, 'defaults' | 'durability'> & {
    /** `path#export`, where it cannot be found out: in bundles, and in runtimes without an inspector. */
    readonly name?: string
    /** Called around each job of the function, see docs/hooks.md; of an instance method, with the instance as their `this`. */
    readonly hooks?: JobHooks
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
export function job(queue: QueueChoice = 'default', options: TaskOptions = {}): TaskMaker {
  return makerFor(toMaker(queue, options, 'job()', false))
}

/** Makes `background(queue, options)(fn)`: as a decorator it changes no type, the method's own stands. */
export interface BackgroundMaker {
  <This, F extends (this: This, ...args: any[]) => unknown>(
    method: F,
    context: ClassMethodDecoratorContext<This, F>,
  ): F
  (target: object, key: string | symbol, descriptor: PropertyDescriptor): PropertyDescriptor
  // Last: a decorator may take fewer arguments than it is given, so that this one would be chosen for it.
  <F extends Task>(func: F): Background<F>
}

/**
 * As `job()`, but each call of the function is enqueued: `export const deliver = background('mail')(async (id: number) => …)`, then
 * `await deliver(7)` answers a Job, and `deliver.now(7)` calls the function. Inside of a job, too,
 * a call is an enqueue; `super.method()` calls what a decorated method overrides.
 */
export function background(queue: QueueChoice = 'default', options: TaskOptions = {}): BackgroundMaker {
  return makerFor(toMaker(queue, options, 'background()', true)) as unknown as BackgroundMaker
}

function toMaker(queue: QueueChoice, options: TaskOptions, what: string, always: boolean): Maker {
  const { name, hooks, ...rest } = options
  if (name !== undefined) parseFunctionName(name)
  checkKnown(hooks ?? {}, JOB_HOOKS, 'hooks')
  return { ...toTarget(queue, rest, what, ['name', 'hooks']), name, hooks, always }
}

function makerFor(maker: Maker): TaskMaker {
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
  readonly hooks: JobHooks | undefined
  /** Whether a call of the function is an enqueue. */
  readonly always: boolean
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

/** Of a method: what it belongs to. */
interface Owner {
  /** The instance, which travels as the first argument, or the class of a static method. */
  readonly self: () => unknown
  /** Of an instance's method. */
  readonly nameOf?: () => Promise<string>
}

function wrap(maker: Maker, original: Task, owner?: Owner): Delayable<Task> {
  const now = (...args: unknown[]) => original.apply(owner?.self(), args)
  const send = async (options: EnqueueOptions, args: unknown[]): Promise<Job> => {
    const self = owner?.self()
    const all = owner?.nameOf ? [self, ...args] : args
    const func = owner?.nameOf ? namedTask(await owner.nameOf(), maker.hooks) : wrapped
    return maker
      .open(all, self)
      .with({ ...maker.options(all, self), ...options })
      .enqueue(func as Task, ...all)
  }
  const wrapped = (
    maker.always
      ? (...args: unknown[]) => send({}, args)
      : function (this: unknown, ...args: unknown[]): unknown {
          return original.apply(owner?.nameOf ? owner.self() : this, args)
        }
  ) as Delayable<Task>
  Object.defineProperty(wrapped, 'name', { value: original.name, configurable: true })
  Object.defineProperty(wrapped, 'length', { value: original.length, configurable: true })
  define(wrapped, ORIGINAL, original)
  if (maker.name !== undefined) define(wrapped, NAME, maker.name)
  if (maker.hooks !== undefined) define(wrapped, HOOKS, maker.hooks)
  makers.set(wrapped, maker)
  define(wrapped, 'delay', (...args: unknown[]) => send({}, args))
  define(wrapped, 'with', (options: EnqueueOptions) => ({
    delay: (...args: unknown[]) => send(options, args),
  }))
  define(wrapped, 'now', now)
  return wrapped
}

function decorate(maker: Maker, method: Task, context: ClassMethodDecoratorContext): Task {
  if (context.kind !== 'method') throw notAMethod(String(context.kind))
  if (context.private) throw notAMethod(`the private ${String(context.name)}`)
  if (context.static) {
    let type: unknown
    context.addInitializer(function (this: unknown) {
      type = this
    })
    return wrap(maker, method, { self: () => type })
  }
  const shown = maker.always ? sending(maker, method, context.name) : method
  makers.set(shown, maker)
  if (maker.hooks !== undefined) define(shown, HOOKS, maker.hooks)
  // What came out of a payload was made without its constructor, and so without the initializer below.
  define(shown, 'delay', () => {
    throw new InvalidArgumentError(
      `${String(context.name)}.delay(): there is no instance here, or one out of a payload; write delay(instance).${String(context.name)}() instead`,
    )
  })
  // A method knows no instance, so each instance gets its own, hidden from whoever lists its properties. It calls what
  // the prototype has by then: other decorators may wrap the method, a subclass may override it.
  context.addInitializer(function (this: unknown) {
    const self = this as object
    const current = Object.getPrototypeOf(self)[context.name] as Task
    define(self, context.name, bound(maker, originalOf(current as Callable), self, context.name))
  })
  return shown
}

/** On the prototype: enqueues for instances out of payloads, too, as the getter of an experimental decorator does. */
function sending(maker: Maker, method: Task, key: string | symbol): Task {
  const sends = function (this: object, ...args: unknown[]): unknown {
    const isOwn = inherited(this, key)?.value === sends
    return isOwn ? bound(maker, method, this, key)(...args) : method.apply(this, args)
  }
  Object.defineProperty(sends, 'name', { value: method.name, configurable: true })
  Object.defineProperty(sends, 'length', { value: method.length, configurable: true })
  define(sends, ORIGINAL, method)
  return sends
}

function decorateOld(
  maker: Maker,
  target: object,
  key: string | symbol,
  descriptor: PropertyDescriptor,
): PropertyDescriptor {
  const method = descriptor.value as Task
  if (typeof method !== 'function') throw notAMethod(String(key))
  if (typeof target === 'function') {
    return { ...descriptor, value: wrap(maker, method, { self: () => target }) }
  }
  if (maker.hooks !== undefined) define(method, HOOKS, maker.hooks)
  const get = function (this: object): Task {
    return inherited(this, key)?.get === get ? bound(maker, method, this, key) : method
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

/** What an instance's classes give it by a name. An overridden method is reached by `super` alone, which means to call it. */
function inherited(self: object, key: string | symbol): PropertyDescriptor | undefined {
  let property: PropertyDescriptor | undefined
  for (let owner = Object(self); owner !== null && property === undefined; ) {
    owner = Object.getPrototypeOf(owner)
    property = owner === null ? undefined : Object.getOwnPropertyDescriptor(owner, key)
  }
  return property
}

function bound(maker: Maker, method: Task, self: object, key: string | symbol): Delayable<Task> {
  return wrap(maker, method, {
    self: () => self,
    nameOf: async () => maker.name ?? methodName(self, key),
  })
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
