import { type Codec, coded } from '../core/codec.ts'
import { InvalidJobError } from '../core/errors.ts'
import { checkSize, decode, encode } from '../core/payload.ts'
import { newerFormat } from '../core/record.ts'
import { classNames, describeError, describeEvent, type RemoteError } from '../core/remote-error.ts'
import { decodeResult } from '../core/result.ts'
import { isRetry, type Retry } from '../core/retry-request.ts'
import type { AbortCause, Assignment, Outcome, Update } from './assignment.ts'
import { builtin } from './builtins.ts'
import { RunContext } from './context.ts'
import { runAs } from './current-job.ts'
import { loadTask, type Task } from './load.ts'

export interface RunnerOptions {
  /** Folders that task paths are relative to, tried in order. */
  readonly roots: readonly string[]
  /** Told at once of each `progress()`, `log()` and `saveMeta()`. */
  readonly onUpdate: (id: string, update: Update) => void
  /** What arguments and results go through. */
  readonly codec?: Codec | undefined
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
      const { codec } = this.#options
      const args = readArguments(assignment, codec)
      permanent = false
      if (context.reason !== undefined) throw context.reason
      return finished(await runAs(context, invoke, task, args), assignment, codec, began)
    } catch (error) {
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
    const { roots, codec } = this.#options
    const task = builtin(func, { roots, codec }) ?? (await loadTask(func, { roots }))
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
function finished(
  value: unknown,
  { id, resultLimit }: Assignment,
  codec: Codec | undefined,
  began: number,
): Outcome {
  if (isRetry(value)) return askedToRetry(value, began)
  const ms = performance.now() - began
  try {
    const text = encode(value, 'result')
    const result = codec ? coded(codec, text, 'result', id) : text
    checkSize(result, resultLimit, 'result')
    return { kind: 'finished', result, ms }
  } catch (error) {
    const { name, message } = describeError(error)
    return { kind: 'finished', result: encode(undefined, 'result'), resultError: `${name}: ${message}`, ms }
  }
}

/** Where a stack leaves the task for funq: what stands below says nothing to the task's author. */
const OUR_FRAME = /\n\s+at (?:async )?(?:Object\.)?(?:invoke|Runner\.run) \(/

function withoutOurFrames(key: string, value: unknown): unknown {
  if (key !== 'stack' || typeof value !== 'string') return value
  const ours = value.search(OUR_FRAME)
  return ours < 0 ? value : value.slice(0, ours)
}

function invoke({ fn, instance }: Task, args: unknown[]): unknown {
  return instance ? fn.apply(args[0], args.slice(1)) : fn(...args)
}

function readArguments({ id, args, futures }: Assignment, codec: Codec | undefined): unknown[] {
  const decoded = decode(args, codec, 'args', id)
  if (!Array.isArray(decoded)) {
    throw new InvalidJobError(`expected job ${id} to hold a list of arguments, got ${args.slice(0, 100)}`)
  }
  for (const index in futures) {
    const parent = futures[Number(index)]!
    decoded[Number(index)] = decodeResult(parent.result, codec, parent.id)
  }
  return decoded
}
