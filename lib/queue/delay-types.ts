import type { Job } from './job.ts'
import type { Args, Result, Task } from './task-types.ts'

/**
 * Types `.delay` on methods that `@job` decorates: a decorator cannot change a method's type. Import it once, anywhere:
 * `import 'funq/delay'`. It types every function so; on one that is no job, `.delay` is not there when it runs.
 */
declare global {
  interface CallableFunction {
    delay<F extends Task>(this: F, ...args: Args<F>): Promise<Job<Result<F>>>
  }
}
