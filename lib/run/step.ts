import { setTimeout as wait } from 'node:timers/promises'
import { type Duration, LONGEST_TIMER_MS, toMs } from '../core/duration.ts'
import { currentJob } from './current-job.ts'
import { checkStepName } from './steps.ts'

/** See `step`. */
export interface StepFunction {
  <T>(name: string, fn: () => T | Promise<T>): Promise<T>
  /**
   * Sleeps for hours or days without a worker: it ends the run, and the job runs again when the time is over, which counts as no attempt.
   * An error ends the run; let it pass. Outside a job it just waits.
   * @throws InvalidArgumentError
   */
  sleep(name: string, duration: Duration): Promise<void>
}

async function run<T>(name: string, fn: () => T | Promise<T>): Promise<T> {
  const job = currentJob()
  if (job) return job.step(name, fn)
  checkStepName(name)
  return fn()
}

async function sleep(name: string, duration: Duration): Promise<void> {
  const job = currentJob()
  if (job) return job.sleep(name, duration)
  let left = toMs(duration, `the sleep '${checkStepName(name)}'`)
  for (; left > LONGEST_TIMER_MS; left -= LONGEST_TIMER_MS) await wait(LONGEST_TIMER_MS)
  await wait(left)
}

/**
 * Does a part of a job once: `const receipt = await step('charge', () => charge(card))`. What `fn` returns is kept with the job before
 * this resolves, and a later run of the job, after a failure, a crash or a sleep, gets it without a call. An error that `fn`
 * throws is not kept. A name stands for one step of a job. Outside a job it just calls `fn`.
 * @throws InvalidArgumentError, LeaseLostError, StepNotKeptError
 */
export const step: StepFunction = Object.assign(run, { sleep })
