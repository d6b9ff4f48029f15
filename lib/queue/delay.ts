import { InvalidArgumentError } from '../core/errors.ts'
import type { Job } from './job.ts'
import { type EnqueueOptions, Queue, type QueueOptions } from './queue.ts'
import { methodName } from './task.ts'
import type { Args, Result, Task } from './task-types.ts'

/** An object each of whose methods enqueues its call, or a function that does. */
export type Delayed<T> = (T extends Task ? (...args: Args<T>) => Promise<Job<Result<T>>> : unknown) & {
  readonly [K in keyof T as T[K] extends Task ? K : never]: T[K] extends Task
    ? (...args: Args<T[K]>) => Promise<Job<Result<T[K]>>>
    : never
}

export interface DelayOptions extends EnqueueOptions, Omit<QueueOptions, 'defaults'> {
  /** @default 'default' */
  readonly queue?: string | Queue
}

/**
 * Enqueues calls written as calls: `delay(Reports).build(42)`, `delay(mailer).welcome(id)`, `delay(fn)(...args)`. An instance
 * whose class is registered by `registerClass` travels with the call: `delay(user).activate(device)`.
 */
export function delay<T extends object>(target: T, options: DelayOptions = {}): Delayed<T> {
  if ((typeof target !== 'object' && typeof target !== 'function') || target === null) {
    throw new InvalidArgumentError(
      `delay(): expected a function, a class or an object, got ${String(target)}`,
    )
  }
  const { queue = 'default', connection, prefix, async, ...enqueueOptions } = options
  let opened: Queue | undefined
  const open = () => {
    if (queue instanceof Queue) return queue.with(enqueueOptions)
    opened ??= new Queue(queue, {
      ...(connection !== undefined && { connection }),
      ...(prefix !== undefined && { prefix }),
      ...(async !== undefined && { async }),
    })
    return opened.with(enqueueOptions)
  }
  const callMethod = async (key: string | symbol, args: unknown[]): Promise<Job> => {
    const method = (target as Record<string | symbol, unknown>)[key]
    if (typeof method !== 'function') {
      throw new InvalidArgumentError(
        `delay(): expected a method, but ${String(key)} is ${method === undefined ? 'not there' : typeof method}`,
      )
    }
    if (isInstance(target)) return open().enqueue(await methodName(target, key), target, ...args)
    return open().enqueue(method as Task, ...args)
  }
  // A function as the proxy's target, so that it can be called.
  return new Proxy(() => {}, {
    apply: (_, __, args: unknown[]) => open().enqueue(target as Task, ...args),
    get: (_, key) => (key === 'then' ? undefined : (...args: unknown[]) => callMethod(key, args)),
  }) as unknown as Delayed<T>
}

/** Of a class of its own; a plain object or a class is exported itself, and so can be named. */
function isInstance(target: object): boolean {
  if (typeof target === 'function') return false
  const prototype = Object.getPrototypeOf(target)
  return prototype !== null && prototype !== Object.prototype
}
