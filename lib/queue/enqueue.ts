import { getOrMake } from '../core/get-or-make.ts'
import { ofConfiguration } from './configure.ts'
import type { Job } from './job.ts'
import { Queue } from './queue.ts'
import { ownQueueOf } from './runnable.ts'
import { makerOf } from './task.ts'
import type { ArgsOf, ResultOf, Runnable, Task } from './task-types.ts'

/** Of what says by its name alone where it goes. */
const queues = ofConfiguration<Queue>()

/**
 * Enqueues to the job's own queue: that of `job()`, or `static queue` of a class, else 'default'. The connection is that of `configure()`.
 * @throws as `q.enqueue`
 */
export async function enqueue<F extends Runnable>(func: F, ...args: ArgsOf<F>): Promise<Job<ResultOf<F>>> {
  const maker = typeof func === 'function' ? makerOf(func as Task) : undefined
  if (maker)
    return maker
      .open(args)
      .with(maker.options(args))
      .enqueue(func, ...args)
  const name = ownQueueOf(func, args) ?? 'default'
  return getOrMake(queues(), name, () => new Queue(name)).enqueue(func, ...args)
}
