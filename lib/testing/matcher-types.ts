import type { Runnable } from '../queue/task-types.ts'
import type { ExpectedThere } from './matchers.ts'

/** The matchers as an `expect()` has them. */
export interface FunqMatchers {
  /** Of a Queue, the name of one, or `testing` for all: a job of this function was enqueued there. */
  toHaveEnqueued(func: Runnable, expected?: ExpectedThere): Promise<void>
  /** So many jobs were; without a function, of any. */
  toHaveEnqueuedTimes(count: number, func?: Runnable, expected?: ExpectedThere): Promise<void>
  /** Of a function: a job was enqueued with these arguments. */
  toHaveBeenEnqueuedWith(...args: unknown[]): Promise<void>
}
