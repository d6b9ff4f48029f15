import { InvalidArgumentError } from '../core/errors.ts'
import { isPerforms } from '../run/performer.ts'
import type { Dynamic } from './dynamic-options.ts'
import type { Job } from './job.ts'
import type { EnqueueOptions, QueueOptions } from './queue.ts'
import { namedTask } from './runnable.ts'
import { type QueueChoice, setsQueue, toTarget } from './target.ts'
import { type Maker, makerOf, makerOfMethod, methodName } from './task.ts'
import type { Args, Result, Runnable, Task } from './task-types.ts'

/** An object each of whose methods enqueues its call, or a function that does. */
export type Delayed<T> = (T extends Task ? (...args: Args<T>) => Promise<Job<Result<T>>> : unknown) & {
  readonly [K in keyof T as T[K] extends Task ? K : never]: T[K] extends Task
    ? (...args: Args<T[K]>) => Promise<Job<Result<T[K]>>>
    : never
}

/** What `delay` takes: where the calls go, and options of each job, which may be functions of its arguments. */
export type DelayOptions = Dynamic<EnqueueOptions> &
  Omit<QueueOptions, 'defaults'> & {
    /** @default the queue of `job()` where that made the function, else 'default' */
    readonly queue?: QueueChoice
  }

/**
 * Enqueues calls written as calls: `delay(Reports).build(42)`, `delay(mailer).welcome(id)`, `delay(fn)(...args)`. An instance
 * whose class is registered by `registerClass` travels with the call: `delay(user).activate(device)`. Where `job()` made the
 * function, its queue and options hold.
 * @throws InvalidArgumentError for options that cannot be used; as a rejection, for what has no such method
 */
export function delay<T extends object>(target: T, options: DelayOptions = {}): Delayed<T> {
  if ((typeof target !== 'object' && typeof target !== 'function') || target === null) {
    throw new InvalidArgumentError(
      `delay(): expected a function, a class or an object, got ${String(target)}`,
    )
  }
  const { queue, ...rest } = options
  const given = toTarget(queue ?? 'default', rest, 'delay()', ['queue'])
  const named = queue !== undefined || setsQueue(rest)
  /** What `job()` was told of a function holds here too, but for what is given here. */
  const send = (made: Maker | undefined, func: Runnable, args: readonly unknown[]): Promise<Job> => {
    const queue = (made && !named ? made : given).open(args)
    return queue.with({ ...made?.options(args), ...given.options(args) }).enqueue(func, ...args)
  }
  const callMethod = async (key: string | symbol, args: unknown[]): Promise<Job> => {
    const method = (target as Record<string | symbol, unknown>)[key] as Task | undefined
    if (typeof method !== 'function') {
      throw new InvalidArgumentError(
        `delay(): expected a method, but ${String(key)} is ${method === undefined ? 'not there' : typeof method}`,
      )
    }
    const made = makerOfMethod(target, key)
    // With the hooks of the class or object that performs.
    if (key === 'perform' && !isInstance(target) && isPerforms(target)) return send(made, target, args)
    if (!isInstance(target)) return send(made, method, args)
    const name = made?.name ?? (await methodName(target, key))
    return send(made, namedTask(name, made?.hooks), [target, ...args])
  }
  // A function as the proxy's target, so that it can be called.
  return new Proxy(() => {}, {
    apply: async (_, __, args: unknown[]) => send(makerOf(target as Task), target as Task, args),
    get: (_, key) => (key === 'then' ? undefined : (...args: unknown[]) => callMethod(key, args)),
  }) as unknown as Delayed<T>
}

/** Of a class of its own; a plain object or a class is exported itself, and so can be named. */
function isInstance(target: object): boolean {
  if (typeof target === 'function') return false
  const prototype = Object.getPrototypeOf(target)
  return prototype !== null && prototype !== Object.prototype
}
