// biome-ignore-all lint/complexity/noThisInStatic: `this` is the subclass
import type { EndedJob } from '../run/builtins.ts'
import type { RunHooks } from '../run/job-hooks.ts'
import type { PerformerClass } from '../run/performer.ts'
import type { RunningJob } from '../run/worker-middleware.ts'
import type { OutgoingJob } from './client-middleware.ts'
import type { Dynamic } from './dynamic-options.ts'
import { enqueue } from './enqueue.ts'
import type { Job } from './job.ts'
import type { EnqueueOptions } from './queue.ts'
import type { ArgsOf, ResultOf } from './task-types.ts'

/** One value, or a list of arguments. */
type ArgsList<A> = A extends readonly unknown[] ? A : [A]

/**
 * A job as a class: `class QueryPrice extends JobClass<{ name: string }> { async perform() { … this.params.name … } }`. Each run makes an
 * instance with the job's arguments and calls its `perform` with them; hooks are methods of it. Any class with `perform` can be
 * enqueued; this one adds the arguments' types and the words of other queues.
 */
export abstract class JobClass<A = []> implements RunHooks {
  /** Where `performLater` enqueues; a function is called with the job's arguments. @default 'default' */
  declare static queue?: string | ((...args: any[]) => string)
  /** Of each job of the class, wherever it is enqueued. */
  declare static options?: Dynamic<EnqueueOptions>

  readonly args: ArgsList<A>

  constructor(...args: ArgsList<A>) {
    this.args = args
  }

  /** The first argument. */
  get params(): ArgsList<A>[0] {
    return this.args[0]
  }

  abstract perform(...args: any[]): unknown

  /** In the process that enqueues, before it does; `false` keeps the job from being enqueued. */
  enqueue?(job: OutgoingJob): unknown
  /** In the same process, with the Job, once it is stored. */
  afterEnqueue?(job: Job): unknown
  before?(job: RunningJob): unknown
  around?(job: RunningJob, next: () => Promise<unknown>): unknown
  success?(job: RunningJob, result: unknown): unknown
  error?(job: RunningJob, error: unknown): unknown
  after?(job: RunningJob): unknown
  failure?(job: EndedJob, error: Error): unknown

  /** Enqueues a job of this class to its own queue. */
  static performLater<T extends PerformerClass>(this: T, ...args: ArgsOf<T>): Promise<Job<ResultOf<T>>> {
    return enqueue(this, ...args)
  }

  /** The same by another name. */
  static enqueue<T extends PerformerClass>(this: T, ...args: ArgsOf<T>): Promise<Job<ResultOf<T>>> {
    return enqueue(this, ...args)
  }

  /** Performs it here and now: no job is made, and no hook is called. */
  static performNow<T extends PerformerClass>(
    this: T,
    ...args: ArgsOf<T>
  ): ReturnType<InstanceType<T>['perform']> {
    return new this(...args).perform(...args) as ReturnType<InstanceType<T>['perform']>
  }
}
