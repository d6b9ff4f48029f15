import { InvalidArgumentError } from '../core/errors.ts'
import { HOOKS, hooksOf } from '../run/job-hooks.ts'
import {
  hearsFailure,
  isPerformerClass,
  isPerforms,
  type PerformerClass,
  type Performs,
} from '../run/performer.ts'
import type { Call } from './call.ts'
import type { ClientMiddleware } from './client-middleware.ts'
import { type Dynamic, toOptions } from './dynamic-options.ts'
import { type JobHooks, toMiddleware } from './hooks.ts'
import { nameOfMethod } from './name-of.ts'
import type { EnqueueOptions } from './queue-options.ts'
import type { Runnable, Task } from './task-types.ts'

/** A method of an instance, and the hooks that `job()` was given for it: what its name alone would not tell. */
export class NamedTask {
  readonly name: string
  readonly hooks: JobHooks | undefined
  constructor(name: string, hooks: JobHooks | undefined) {
    this.name = name
    this.hooks = hooks
  }
}

/** The name alone where there are no hooks: nothing is to be unfolded then. */
export function namedTask(name: string, hooks: JobHooks | undefined): Task | string {
  // Nothing outside of the producer sees that it is one.
  return hooks === undefined ? name : (new NamedTask(name, hooks) as unknown as Task)
}

/** A call of what is more than a function: what it comes down to, and what its own hooks want. */
export interface Unfolded {
  readonly call: Call
  /** Around its enqueue. */
  readonly own?: ClientMiddleware | undefined
  readonly hearsFailure: boolean
}

/** Whether a call must be unfolded first. Most are of plain functions and paths: for them this is all there is. */
export function isFolded(func: Runnable): boolean {
  if (typeof func === 'string') return false
  if (typeof func !== 'function') return true
  const {
    [HOOKS]: hooks,
    perform,
    prototype,
  } = func as unknown as Partial<Record<string | symbol, { perform?: unknown }>>
  return hooks !== undefined || perform !== undefined || prototype?.perform !== undefined
}

/** @throws InvalidArgumentError for what cannot be enqueued */
export async function unfold({ func, args, options }: Call): Promise<Unfolded> {
  if (typeof func === 'string' || func instanceof NamedTask) return hooked({ func, args, options }, func)
  if (isJobInstance(func)) return ofPerformer({ func: func.constructor, args: func.args, options }, func)
  if (isPerforms(func) || isPerformerClass(func)) {
    if (!isForeignInstance(func)) return ofPerformer({ func, args, options })
    const unfolded = ofPerformer({ func: func.constructor, args, options }, func, true)
    const name = await nameOfMethod(func.constructor, 'perform')
    return { ...unfolded, call: { ...unfolded.call, func: name, args: [func, ...args] } }
  }
  if (typeof func === 'function') return hooked({ func, args, options }, func)
  throw new InvalidArgumentError(
    `expected a function, its path, or a class or an object with a perform method, got ${func === null ? 'null' : typeof func}`,
  )
}

/** The queue that a class or an object names as its own. */
export function ownQueueOf(func: Runnable, args: readonly unknown[]): string | undefined {
  const isInstance = isJobInstance(func)
  const holder = isInstance || isForeignInstance(func) ? func.constructor : func
  if (!isPerforms(holder) && !isPerformerClass(holder)) return undefined
  const { queue } = holder as { queue?: string | ((...args: readonly unknown[]) => string) }
  return typeof queue === 'function' ? queue.apply(holder, [...(isInstance ? func.args : args)]) : queue
}

function hooked(call: Call, func: Runnable | NamedTask): Unfolded {
  const hooks: JobHooks | undefined =
    func instanceof NamedTask ? func.hooks : typeof func === 'function' ? hooksOf(func) : undefined
  const plain = func instanceof NamedTask ? { ...call, func: func.name } : call
  return { call: plain, own: hooks && toMiddleware(hooks), hearsFailure: hooks?.failure !== undefined }
}

interface JobInstance {
  readonly args: readonly unknown[]
  readonly constructor: PerformerClass
}

/** By its shape: its class may come from another copy of funq than this one. */
function isJobInstance(func: unknown): func is JobInstance & JobHooks {
  if (typeof func !== 'object' || func === null) return false
  const { constructor: type, args } = func as { constructor: unknown; args?: unknown }
  return isPerformerClass(type) && 'performLater' in type && Array.isArray(args)
}

/** Of a class that is no JobClass: it travels itself, as an instance of a registered class. */
function isForeignInstance(func: unknown): func is JobHooks & { readonly constructor: PerformerClass } {
  if (typeof func !== 'object' || func === null) return false
  const prototype = Object.getPrototypeOf(func) as object | null
  return prototype !== null && prototype !== Object.prototype
}

/**
 * @param given the instance that was enqueued, if it was one
 * @param travels whether that is the job's first argument: its class hears of those behind it, which are those of `perform`
 */
function ofPerformer(call: Call, given?: JobHooks, travels = false): Unfolded {
  const performer = call.func as Performs | PerformerClass
  const { options = {} } = performer as { options?: Dynamic<EnqueueOptions> }
  // Where the static method performs there is no instance.
  const ofInstances: JobHooks =
    travels || !isPerforms(performer) ? (performer as PerformerClass).prototype : {}
  const toInstance = (args: readonly unknown[]): JobHooks =>
    given ?? (new (performer as PerformerClass)(...args) as JobHooks)
  const argsOf = (job: { readonly args: readonly unknown[] }) => (travels ? job.args.slice(1) : job.args)
  const { beforeEnqueue, afterEnqueue } = performer
  const isHeard = [beforeEnqueue, afterEnqueue, ofInstances.enqueue, ofInstances.afterEnqueue].some(Boolean)
  const own = toMiddleware({
    enqueue: async (job) => {
      if ((await performer.beforeEnqueue?.(...argsOf(job))) === false) return false
      return ofInstances.enqueue && toInstance(job.args).enqueue?.(job)
    },
    afterEnqueue: async (job) => {
      if (ofInstances.afterEnqueue) await toInstance(job.args).afterEnqueue?.(job)
      await performer.afterEnqueue?.(...argsOf(job))
    },
  })
  return {
    call: {
      // Of an object what has a place in a file is its method.
      func: typeof performer === 'function' ? (performer as unknown as Task) : (performer.perform as Task),
      args: call.args,
      options: { ...toOptions(options)(call.args, performer), ...call.options },
    },
    own: isHeard ? own : undefined,
    hearsFailure: hearsFailure(performer),
  }
}
