import { InvalidJobError, RecordNotFoundError } from '../core/errors.ts'
import { checkSize, decode, encode } from '../core/payload.ts'
import { newerFormat } from '../core/record.ts'
import { holdsRecords, loadRecords } from '../core/record-types.ts'
import { classNames, describeError, describeEvent, type RemoteError } from '../core/remote-error.ts'
import { decodeResult } from '../core/result.ts'
import { isRetry, type Retry } from '../core/retry-request.ts'
import type { AbortCause, Assignment, Outcome, Update } from './assignment.ts'
import { builtin } from './builtins.ts'
import { RunContext } from './context.ts'
import { runAs } from './current-job.ts'
import { invoke, loadTask, type Task } from './load.ts'
import { runThrough, workerMiddleware } from './worker-middleware.ts'

export interface RunnerOptions {
  /** Folders that task paths are relative to, tried in order. */
  readonly roots: readonly string[]
  /** Told at once of each `progress()`, `log()` and `saveMeta()`. */
  readonly onUpdate: (id: string, update: Update) => void
}

/** Runs jobs: function, arguments and context in, outcome out. Any number at once. */
export class Runner {
  readonly #options: RunnerOptions
  readonly #tasks = new Map<string, Task>()
  readonly #running = new Map<string, RunContext>()

  constructor(options: RunnerOptions) {
    this.#options = options
  }

  /** Runs one job to its end. Never rejects: whatever goes wrong is a `failed` outcome. */
  async run(assignment: Assignment): Promise<Outcome> {
    const { id, func, format } = assignment
    const began = performance.now()
    const context = new RunContext(assignment, this.#options.onUpdate)
    this.#running.set(id, context)
    // Until the function is entered, a failure lies in the job itself: another attempt would meet it again.
    let permanent = true
    try {
      if (format !== undefined) throw newerFormat(id, format)
      // The module before the arguments: loading it registers the classes that they may be instances of.
      const task = this.#tasks.get(func) ?? (await this.#load(func))
      const args = readArguments(assignment)
      permanent = false
      if (mayHoldRecords(assignment)) await runAs(context, loadRecords, args)
      if (context.reason !== undefined) throw context.reason
      const isPlain = workerMiddleware.length === 0 && task.hooked === undefined
      const value = isPlain ? runAs(context, invoke, task, args) : inside(context, task, args)
      return finished(await value, assignment.resultLimit, began)
    } catch (error) {
      if (error instanceof RecordNotFoundError) {
        return error.discard ? finished(undefined, assignment.resultLimit, began) : failed(error, true, began)
      }
      return failed(error, permanent, began)
    } finally {
      context.end()
      if (this.#running.get(id) === context) this.#running.delete(id)
    }
  }

  /** Aborts the signal of a running job; of any other id it takes no notice. The job decides what it does then. */
  abort(id: string, cause: AbortCause): void {
    this.#running.get(id)?.abort(cause)
  }

  /** Kept here as well as in the loader: a promise for each run would cost as much as a no-op job. */
  async #load(func: string): Promise<Task> {
    const { roots } = this.#options
    const task = builtin(func, { roots }) ?? (await loadTask(func, { roots }))
    this.#tasks.set(func, task)
    return task
  }
}

/** The outcome of a run that began at `began` (performance.now()) and threw. */
export function failed(thrown: unknown, permanent: boolean, began: number): Outcome {
  if (isRetry(thrown)) return askedToRetry(thrown, began)
  const error =
    thrown instanceof InvalidJobError
      ? describeEvent(thrown)
      : JSON.stringify(describeError(thrown), withoutOurFrames)
  const kinds = classNames(thrown)
  return {
    kind: 'failed',
    error,
    permanent: permanent || isUnrecoverable(error),
    ...(permanent && thrown instanceof InvalidJobError && thrown.isUnknown && { unknown: true }),
    ...(kinds.length > 0 && { kinds }),
    ms: performance.now() - began,
  }
}

/** By its code: the task's copy of funq may be another than this one, and a class of the task's own has a name of its own. */
function isUnrecoverable(errorJson: string): boolean {
  return (JSON.parse(errorJson) as RemoteError).code === 'UNRECOVERABLE'
}

function askedToRetry(retry: Retry, began: number): Outcome {
  const { max, delayMs, atFront, message, cause } = retry
  return {
    kind: 'retry',
    ...(max !== undefined && { max }),
    ...(delayMs !== undefined && { delayMs }),
    ...(atFront !== undefined && { atFront }),
    error: message === '' && cause === undefined ? '' : describeEvent(retry),
    ms: performance.now() - began,
  }
}

/** The work is done, so a result that cannot be kept must not make the job run again: it finishes without one. */
function finished(value: unknown, limit: number, began: number): Outcome {
  if (isRetry(value)) return askedToRetry(value, began)
  const ms = performance.now() - began
  try {
    const result = encode(value, 'result')
    checkSize(result, limit, 'result')
    return { kind: 'finished', result, ms }
  } catch (error) {
    const { name, message } = describeError(error)
    return { kind: 'finished', result: encode(undefined, 'result'), resultError: `${name}: ${message}`, ms }
  }
}

/** Where a stack leaves the task for funq: what stands below says nothing to the task's author. */
const OUR_FRAME = /\n\s+at (?:async )?(?:Object\.)?(?:invoke|invokePerform|Runner\.run) \(/

function withoutOurFrames(key: string, value: unknown): unknown {
  if (key !== 'stack' || typeof value !== 'string') return value
  const ours = value.search(OUR_FRAME)
  return ours < 0 ? value : value.slice(0, ours)
}

/** Plain JSON, as most arguments are, holds none. */
function mayHoldRecords({ args, futures }: Assignment): boolean {
  return (
    (args[0] === 'S' && holdsRecords(args)) ||
    (futures !== undefined && Object.values(futures).some(holdsRecords))
  )
}

function inside(context: RunContext, task: Task, args: unknown[]): Promise<unknown> {
  context.args = args
  const run = () => (task.hooked ? task.hooked(context, args) : invoke(task, args))
  return runAs(context, runThrough, context, run)
}

/** @throws InvalidJobError for what is damaged */
export function readArguments({ id, args, futures }: Assignment): unknown[] {
  const decoded = decode(args)
  if (!Array.isArray(decoded)) {
    throw new InvalidJobError(`expected job ${id} to hold a list of arguments, got ${args.slice(0, 100)}`)
  }
  for (const index in futures) decoded[Number(index)] = decodeResult(futures[Number(index)]!)
  return decoded
}
