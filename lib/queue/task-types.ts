import type { JobRequest } from '../core/job-request.ts'
import type { PerformerClass, Performs } from '../run/performer.ts'
import type { Job } from './job.ts'
import type { JobClass } from './job-class.ts'

/** Any function that can be a job. */
export type Task = (...args: any[]) => unknown

/** What can be enqueued: a function, its `path#export`, or a class or an object with `perform`. */
export type Runnable = Task | string | Performs | PerformerClass | JobClass<any>

/** Each of a list of values, or a Job whose result will stand in its place. */
type OrFuture<P extends readonly unknown[]> = { [K in keyof P]: P[K] | Job<P[K]> }

/** A task's arguments, each of which may be a Job. */
export type Args<F extends Task> = OrFuture<Parameters<F>>

/** What awaiting a task's job gives. A Retry, Snooze or Cancel that it returns is no result. */
export type Result<F extends Task> = WithoutRequest<Awaited<ReturnType<F>>>

/** `any` stays as it is, and so does a type parameter that may be one. */
type WithoutRequest<R> = Extract<R, JobRequest> extends never ? R : Exclude<R, JobRequest>

/**
 * The arguments of a function are checked against it, those of a path cannot be. A class takes what its `perform` takes, or its
 * constructor where that takes nothing; an instance of a JobClass has its arguments.
 */
export type ArgsOf<F extends Runnable> = F extends Task
  ? Args<F>
  : F extends JobClass<any>
    ? []
    : F extends { perform: infer P extends Task }
      ? Args<P>
      : F extends new (
            ...args: infer A
          ) => { perform: infer P extends Task }
        ? Parameters<P> extends []
          ? OrFuture<A>
          : Args<P>
        : unknown[]

/** What awaiting the job gives of whatever can be enqueued; of a path it cannot be known. */
export type ResultOf<F extends Runnable> = F extends Task
  ? Result<F>
  : F extends { perform: infer P extends Task }
    ? Result<P>
    : F extends new (
          ...args: any[]
        ) => { perform: infer P extends Task }
      ? Result<P>
      : unknown

/** A function with its arguments in one object, which only a function that can do without may leave out. */
export type FuncWithArgs<F extends Runnable> = {
  /** An exported function, or its `path#export`. */
  readonly func: F
} & ([] extends ArgsOf<F> ? { readonly args?: ArgsOf<F> } : { readonly args: ArgsOf<F> })
