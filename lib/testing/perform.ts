import { Cancel } from '../core/cancel-request.ts'
import { checkKnown } from '../core/did-you-mean.ts'
import { InvalidArgumentError, TestingError } from '../core/errors.ts'
import { checkJobId, checkQueueName } from '../core/names.ts'
import { checkOptions, DEFAULTS, type JobOptions } from '../core/options.ts'
import { checkSize, encode } from '../core/payload.ts'
import { decodeResult, lostResult } from '../core/result.ts'
import { Retry } from '../core/retry-request.ts'
import { Snooze } from '../core/snooze-request.ts'
import { MemoryStore } from '../memory/store.ts'
import { functionName } from '../queue/call.ts'
import type { Job } from '../queue/job.ts'
import { toNewJob } from '../queue/new-job.ts'
import { reviveStored } from '../queue/stored-error.ts'
import { SyncRunner } from '../queue/sync.ts'
import type { ArgsOf, ResultOf, Runnable, Task } from '../queue/task-types.ts'
import type { Outcome } from '../run/assignment.ts'

/** What the job is to see of itself in `currentJob()`. */
export interface PerformOptions extends Pick<JobOptions, 'id' | 'meta' | 'timeout' | 'tags'> {
  /** Which run it is. @default 1 */
  readonly attempt?: number
  /** How often a worker died while it ran this job. @default 0 */
  readonly recoveries?: number
  /** @default 'default' */
  readonly queue?: string
}

/** Values only: there is no store that could hold the result of another job. */
export type PerformArgs<F extends Runnable> = F extends Task
  ? Readonly<Parameters<F>>
  : { readonly [K in keyof ArgsOf<F>]: Exclude<ArgsOf<F>[K], Job> }

const OWN = ['attempt', 'recoveries', 'queue']
const OPTIONS = [...OWN, 'id', 'meta', 'timeout', 'tags']

/**
 * Runs one job, once, as a work-horse would, and resolves with its result: arguments and result travel as data, the function is found by
 * its name, and has a `currentJob()`. Nothing is enqueued or recorded, so it works in every mode.
 * @throws what the function throws, itself; a Retry where it asks for one; JobTimeoutError; what `enqueue` throws for bad arguments
 */
export async function perform<F extends Runnable>(
  func: F,
  args: PerformArgs<F> = [] as unknown as PerformArgs<F>,
  options: PerformOptions = {},
): Promise<ResultOf<F>> {
  checkKnown(options, OPTIONS)
  const { attempt = 1, recoveries = 0, queue = 'default', id = 'performed', ...rest } = options
  if (!Array.isArray(args))
    throw new InvalidArgumentError(`args: expected a list of arguments, got ${typeof args}`)
  const encoded = encode(args, 'args')
  checkSize(encoded, DEFAULTS.payloadLimit, 'arguments')
  const job = toNewJob(await functionName(func), encoded, checkOptions(rest))
  let thrown: { readonly error: unknown } | undefined
  const runner = new SyncRunner(new MemoryStore(), (_, error) => {
    thrown = { error }
  })
  const outcome = await runner.runUnrecorded({
    id: checkJobId(id),
    queue: checkQueueName(queue),
    token: '',
    func: job.func,
    args: job.args,
    options: JSON.stringify(job.options),
    attempt: count(attempt, 'attempt', 1),
    recoveries: count(recoveries, 'recoveries', 0),
    repetitions: 0,
    snoozes: 0,
    waitedMs: 0,
    meta: job.meta ?? null,
    aux: false,
    alone: false,
  })
  if (outcome.kind === 'finished') {
    const { result, resultError } = outcome
    return decodeResult(resultError === undefined ? result : lostResult(resultError)) as ResultOf<F>
  }
  if (thrown) throw thrown.error
  throw insteadOfResult(outcome)
}

/** What the run asks for in place of a result, where that was returned and not thrown, or why there is none. */
function insteadOfResult(outcome: Exclude<Outcome, { kind: 'finished' }>): Error {
  switch (outcome.kind) {
    case 'failed':
      return reviveStored(outcome.error)
    case 'cancel':
      return new Cancel(outcome.reason)
    case 'sleep':
      return new TestingError(
        `expected a result, got a job that sleeps ${outcome.delayMs / 1000} s between two steps; use drain() and clock.advance()`,
      )
    case 'retry':
    case 'snooze': {
      const { max, delayMs, atFront, error } = outcome
      const request = {
        ...(max !== undefined && { max }),
        ...(delayMs !== undefined && { in: delayMs / 1000 }),
        ...(atFront !== undefined && { atFront }),
        ...(error !== '' && { reason: reviveStored(error).message }),
      }
      return outcome.kind === 'retry'
        ? new Retry(request)
        : new Snooze({ ...request, in: outcome.delayMs / 1000 })
    }
  }
}

function count(value: unknown, what: string, least: number): number {
  if (Number.isInteger(value) && (value as number) >= least) return value as number
  throw new InvalidArgumentError(
    `${what}: expected a whole number of at least ${least}, got ${String(value)}`,
  )
}
