import type { Duration } from '../core/duration.ts'
import type { Call, JobsOf } from './call.ts'
import type { Job } from './job.ts'
import type { Producer } from './producer.ts'
import type { EnqueueOptions } from './queue-options.ts'
import type { ArgsOf, ResultOf, Runnable } from './task-types.ts'

/** A queue with options set: what `q.with(options)` gives. */
export class QueueWith {
  readonly #producer: Producer
  readonly #options: EnqueueOptions

  constructor(producer: Producer, options: EnqueueOptions) {
    this.#producer = producer
    this.#options = options
  }

  enqueue<F extends Runnable>(func: F, ...args: ArgsOf<F>): Promise<Job<ResultOf<F>>> {
    return this.#producer.enqueue(this.#options, func, args)
  }

  enqueueAt<F extends Runnable>(at: Date | number, func: F, ...args: ArgsOf<F>): Promise<Job<ResultOf<F>>> {
    return this.#producer.enqueue({ ...this.#options, at }, func, args)
  }

  enqueueIn<F extends Runnable>(delay: Duration, func: F, ...args: ArgsOf<F>): Promise<Job<ResultOf<F>>> {
    return this.#producer.enqueue({ ...this.#options, in: delay }, func, args)
  }

  /** As `q.enqueueMany`, each call with these options unless it sets them itself. */
  enqueueMany<const C extends readonly Call[]>(calls: C): Promise<JobsOf<C>> {
    return this.#producer.enqueueMany(this.#options, calls)
  }

  /** An entry of `enqueueMany` with these options. */
  call<F extends Runnable>(func: F, ...args: ArgsOf<F>): Call<ResultOf<F>> {
    return { func, args, options: this.#options }
  }
}
