import { requestKind } from '../core/job-request.ts'
import { type Middleware, nest } from '../core/middleware.ts'
import type { EndedJob } from './builtins.ts'
import { isAsleep } from './steps.ts'
import type { RunningJob } from './worker-middleware.ts'

/** What a function or a class wants called around each of its runs, in the work-horse; `failure` after the last. */
export interface RunHooks {
  /** What it throws fails the run; a DontPerform skips it. */
  before?(job: RunningJob): unknown
  /** `next` runs the function; without a call of it the job is skipped. */
  around?(job: RunningJob, next: () => Promise<unknown>): unknown
  success?(job: RunningJob, result: unknown): unknown
  /** Called for every run that throws, also where the job runs again. */
  error?(job: RunningJob, error: unknown): unknown
  /** Called last, however the run went. */
  after?(job: RunningJob): unknown
  /** Called once the job has failed for good, whatever ended it, as a job of its own: see docs/callbacks.md. */
  failure?(job: EndedJob, error: Error): unknown
}

/** Where the hooks of a function that `job()` has wrapped are found, by whichever copy of funq. */
export const HOOKS = Symbol.for('funq.hooks')

export function hooksOf(fn: object): RunHooks | undefined {
  return (fn as { readonly [HOOKS]?: RunHooks })[HOOKS]
}

/** Thrown by a `before` hook: the job is not performed, and finishes without a result. */
export class DontPerform extends Error {
  readonly code = 'DONT_PERFORM'
  override readonly name = 'DontPerform'
}

/**
 * Runs the function inside of its hooks: before, around, the function, success or error, after.
 * @param self what the hooks have as their `this`
 */
export async function runHooked(
  hooks: RunHooks,
  self: unknown,
  job: RunningJob,
  perform: () => unknown,
): Promise<unknown> {
  let isPerformed = false
  try {
    await hooks.before?.call(self, job)
    const result = await within(hooks, self, job, () => {
      isPerformed = true
      return perform()
    })
    if (isPerformed && requestKind(result) === undefined)
      await heard(job, 'success', () => hooks.success?.call(self, job, result))
    return result
  } catch (error) {
    if (isDontPerform(error)) return undefined
    if (requestKind(error) === undefined && !isAsleep(error))
      await heard(job, 'error', () => hooks.error?.call(self, job, error))
    throw error
  } finally {
    await heard(job, 'after', () => hooks.after?.call(self, job))
  }
}

function within({ around }: RunHooks, self: unknown, job: RunningJob, perform: () => unknown): unknown {
  if (around === undefined) return perform()
  const chain: readonly Middleware<RunningJob, unknown>[] = [around.bind(self)]
  return nest(chain, job, async () => perform())
}

/** The run is over: what a hook throws about it must not make another outcome of it, and is told in the job's log and on stderr. */
async function heard(job: RunningJob, hook: string, call: () => unknown): Promise<void> {
  try {
    await call()
  } catch (error) {
    const line = `the hook ${hook} of ${job.func} threw: ${error instanceof Error ? error.stack : String(error)}`
    job.log(line)
    process.emitWarning(`job ${job.id}: ${line}`)
  }
}

/** By its code: the task's copy of funq may be another than this one. */
function isDontPerform(error: unknown): boolean {
  return error instanceof Error && (error as { code?: unknown }).code === 'DONT_PERFORM'
}
