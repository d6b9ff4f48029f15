import { InvalidJobError } from '../core/errors.ts'
import type { EndedJob } from './builtins.ts'
import type { Callable } from './exports.ts'
import { type RunHooks, runHooked } from './job-hooks.ts'
import type { Task } from './load.ts'
import type { RunningJob } from './worker-middleware.ts'

/** Resque's hooks, static members of a class or members of an object with `perform`: they are called with the job's arguments. */
export interface StaticHooks {
  /** `false` keeps the job from being enqueued. */
  beforeEnqueue?(...args: any[]): unknown
  afterEnqueue?(...args: any[]): unknown
  /** `false` keeps the job in its queue. */
  beforeDequeue?(...args: any[]): unknown
  afterDequeue?(...args: any[]): unknown
  /** What it throws fails the run; a DontPerform skips it. */
  beforePerform?(...args: any[]): unknown
  aroundPerform?(next: () => Promise<unknown>, ...args: any[]): unknown
  /** After a run that succeeded. */
  afterPerform?(...args: any[]): unknown
  /** Once the job has failed for good. */
  onFailure?(error: Error, ...args: any[]): unknown
}

/** An object, or a class by a static method, that performs jobs. */
export interface Performs extends StaticHooks {
  perform: Callable
}

/** A class whose instances perform jobs: each run makes one with the job's arguments, and calls its `perform` with them. */
export interface PerformerClass extends StaticHooks {
  readonly prototype: { perform: Callable } & RunHooks
  new (...args: any[]): { perform: Callable } & RunHooks
}

const RUN_HOOKS = ['before', 'around', 'success', 'error', 'after'] as const
const STATIC_RUN_HOOKS = ['beforePerform', 'aroundPerform', 'afterPerform'] as const

/** An object, or a class, with a `perform` of its own. */
export function isPerforms(value: unknown): value is Performs {
  return isHolder(value) && typeof (value as { perform?: unknown }).perform === 'function'
}

/** A class whose instances have a `perform`. */
export function isPerformerClass(value: unknown): value is PerformerClass {
  if (typeof value !== 'function') return false
  const prototype = value.prototype as { perform?: unknown } | undefined
  return typeof prototype === 'object' && typeof prototype?.perform === 'function'
}

/** Whether somebody is to hear of the failure of its jobs. */
export function hearsFailure(performer: Performs | PerformerClass): boolean {
  const { onFailure } = performer
  return onFailure !== undefined || (isPerformerClass(performer) && performer.prototype.failure !== undefined)
}

/**
 * How the jobs of a class or an object with `perform` are run. Static hooks come before those of the instance.
 * @param travels whether the instance is the job's first argument
 */
export function toTask(performer: Performs | PerformerClass, travels = false): Task {
  const isStatic = !travels && isPerforms(performer)
  const make = (args: readonly unknown[]): { perform: Callable } => {
    if (travels) return args[0] as { perform: Callable }
    return isPerforms(performer) ? performer : new performer(...args)
  }
  const own = (args: readonly unknown[]) => (travels ? args.slice(1) : args)
  const isHooked =
    STATIC_RUN_HOOKS.some((name) => performer[name] !== undefined) ||
    (!isStatic && RUN_HOOKS.some((name) => (performer as PerformerClass).prototype[name] !== undefined))
  const failed = (job: EndedJob, error: Error) => {
    const instance = async () => (isStatic ? undefined : (make(job.args) as RunHooks).failure?.(job, error))
    return bothOf(instance, async () => performer.onFailure?.(error, ...own(job.args)))
  }
  return {
    fn: (...args: unknown[]) => invokePerform(make(args), own(args)),
    instance: false,
    ...(isHooked && {
      hooked: (job: RunningJob, args: unknown[]) => {
        const self = make(args)
        const hooks = hooksOf(performer, isStatic ? {} : (self as RunHooks), own(args))
        return runHooked(hooks, self, job, () => invokePerform(self, own(args)))
      },
    }),
    ...(hearsFailure(performer) && { failed }),
  }
}

function invokePerform(self: { perform: Callable }, args: readonly unknown[]): unknown {
  return self.perform(...args)
}

function hooksOf(statics: StaticHooks, own: RunHooks, args: readonly unknown[]): RunHooks {
  return {
    before: async (job) => {
      await statics.beforePerform?.(...args)
      await own.before?.(job)
    },
    around: (job, next) => {
      const inner = own.around ? async () => own.around!(job, next) : next
      return statics.aroundPerform ? statics.aroundPerform(inner, ...args) : inner()
    },
    success: async (job, result) => {
      await own.success?.(job, result)
      await statics.afterPerform?.(...args)
    },
    error: (job, error) => own.error?.(job, error),
    after: (job) => own.after?.(job),
  }
}

/** Both hear of it, whatever the other one throws. */
async function bothOf(one: () => Promise<unknown>, other: () => Promise<unknown>): Promise<unknown> {
  const [first, second] = await Promise.allSettled([one(), other()])
  if (first.status === 'rejected') throw first.reason
  if (second.status === 'rejected') throw second.reason
  return first.value ?? second.value
}

/** @throws InvalidJobError */
export function notPerforming(name: string): InvalidJobError {
  return new InvalidJobError(
    `'${name}' is a class without a perform method; give it one, static or of its instances, or name one of its methods`,
  )
}

function isHolder(value: unknown): value is object {
  return (typeof value === 'object' && value !== null) || typeof value === 'function'
}
