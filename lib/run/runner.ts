import { type Codec, coded } from '../core/codec.ts'
import { InvalidJobError, RecordNotFoundError } from '../core/errors.ts'
import { checkSize, decode, encode } from '../core/payload.ts'
import { newerFormat } from '../core/record.ts'
import { holdsRecords, loadRecords } from '../core/record-types.ts'
import { classNames, describeError, describeEvent, type RemoteError } from '../core/remote-error.ts'
import { decodeResult } from '../core/result.ts'
import { TransientMap } from '../core/transient-map.ts'
import type { AbortCause, Assignment, Outcome } from './assignment.ts'
import { builtin } from './builtins.ts'
import { type Line, RunContext } from './context.ts'
import { runAs } from './current-job.ts'
import { invoke, loadTask, type Task } from './load.ts'
import { requested } from './requested.ts'
import type { Steps } from './steps.ts'
import { runThrough, workerMiddleware } from './worker-middleware.ts'

export interface RunnerOptions extends Line {
  /** Folders that task paths are relative to, tried in order. */
  readonly roots: readonly string[]
  /** Hears what a job throws, itself and not as it is recorded. */
  readonly onThrown?: (id: string, thrown: unknown) => void
}

/** Runs jobs: function, arguments and context in, outcome out. Any number at once. */
export class Runner {
  readonly #options: RunnerOptions
  readonly #tasks = new Map<string, Task>()
  readonly #running = new TransientMap<string, RunContext>()

  constructor(options: RunnerOptions) {
    this.#options = options
  }

  /** Runs one job to its end. Never rejects: whatever goes wrong is a `failed` outcome. */
  async run(assignment: Assignment): Promise<Outcome> {
    const { id, func, format } = assignment
    const began = performance.now()
    const context = new RunContext(assignment, this.#options)
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
      if (codec || mayHoldRecords(assignment)) await runAs(context, loadRecords, args)
      if (context.reason !== undefined) throw context.reason
      const isPlain = workerMiddleware.length === 0 && task.hooked === undefined
      const value = await (isPlain ? runAs(context, invoke, task, args) : inside(context, task, args))
      const asleep = context.steps && (await sleepOf(context.steps, began))
      return asleep ?? finished(value, assignment, codec, began)
    } catch (error) {
      const asleep = context.steps && (await sleepOf(context.steps, began))
      if (asleep) return asleep
      if (error instanceof RecordNotFoundError) {
        if (error.discard) return finished(undefined, assignment, this.#options.codec, began)
        permanent = true
      }
      this.#options.onThrown?.(id, error)
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

  /** A run that goes on unheard must not speak for the next one of its job. */
  letGo(id: string): void {
    this.#running.get(id)?.end()
    this.#running.delete(id)
  }

  /** Kept here as well as in the loader: a promise for each run would cost as much as a no-op job. */
  async #load(func: string): Promise<Task> {
    const { roots, codec } = this.#options
    const task = builtin(func, { roots, codec }) ?? (await loadTask(func, { roots }))
    this.#tasks.set(func, task)
    return task
  }
}

/** What steps are still under way belongs to the run; one that has begun a sleep sleeps, whatever else it came to. */
async function sleepOf(steps: Steps, began: number): Promise<Outcome | undefined> {
  await steps.settled()
  const { sleepMs } = steps
  return sleepMs === undefined
    ? undefined
    : { kind: 'sleep', delayMs: sleepMs, ms: performance.now() - began }
}

/** The outcome of a run that began at `began` (performance.now()) and threw. */
export function failed(thrown: unknown, permanent: boolean, began: number): Outcome {
  const asked = requested(thrown, began)
  if (asked) return asked
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
    ...(permanent && thrown instanceof InvalidJobError && thrown.isStuck && { stuck: true }),
    ...(kinds.length > 0 && { kinds }),
    ms: performance.now() - began,
  }
}

/** By its code: the task's copy of funq may be another than this one, and a class of the task's own has a name of its own. */
function isUnrecoverable(errorJson: string): boolean {
  return (JSON.parse(errorJson) as RemoteError).code === 'UNRECOVERABLE'
}

/** The work is done, so a result that cannot be kept must not make the job run again: it finishes without one. */
function finished(
  value: unknown,
  { id, resultLimit }: Assignment,
  codec: Codec | undefined,
  began: number,
): Outcome {
  const asked = requested(value, began)
  if (asked) return asked
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
const OUR_FRAME = /\n\s+at (?:async )?(?:Object\.)?(?:invoke|invokePerform|Runner\.run) \(/

function withoutOurFrames(key: string, value: unknown): unknown {
  if (key !== 'stack' || typeof value !== 'string') return value
  const ours = value.search(OUR_FRAME)
  return ours < 0 ? value : value.slice(0, ours)
}

/** Plain JSON, as most arguments are, holds none; what a codec has written does not show it. */
function mayHoldRecords({ args, futures }: Assignment): boolean {
  return (
    (args[0] === 'S' && holdsRecords(args)) ||
    (futures !== undefined && Object.values(futures).some(({ result }) => holdsRecords(result)))
  )
}

function inside(context: RunContext, task: Task, args: unknown[]): Promise<unknown> {
  context.args = args
  const run = () => (task.hooked ? task.hooked(context, args) : invoke(task, args))
  return runAs(context, runThrough, context, run)
}

/** @throws InvalidJobError for what is damaged */
export function readArguments({ id, args, futures }: Assignment, codec: Codec | undefined): unknown[] {
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
