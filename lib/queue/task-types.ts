import type { JobRequest } from '../core/job-request.ts'
import type { Job } from './job.ts'

/** Any function that can be a job. */
export type Task = (...args: any[]) => unknown

/** Each of a list of values, or a Job whose result will stand in its place. */
type OrFuture<P extends readonly unknown[]> = { [K in keyof P]: P[K] | Job<P[K]> }

/** A task's arguments, each of which may be a Job. */
export type Args<F extends Task> = OrFuture<Parameters<F>>

/** What awaiting a task's job gives. A Retry, Snooze or Cancel that it returns is no result. */
export type Result<F extends Task> = WithoutRequest<Awaited<ReturnType<F>>>

/** `any` stays as it is, and so does a type parameter that may be one. */
type WithoutRequest<R> = Extract<R, JobRequest> extends never ? R : Exclude<R, JobRequest>

/** The arguments of a function are checked against it, those of a path cannot be. */
export type ArgsOf<F extends Task | string> = F extends Task ? Args<F> : unknown[]

export type ResultOf<F extends Task | string> = F extends Task ? Result<F> : unknown
