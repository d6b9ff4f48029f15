import type { Codec } from '../core/codec.ts'
import { InvalidJobError } from '../core/errors.ts'
import { decodeMetaOrNone } from '../core/meta.ts'
import { decode } from '../core/payload.ts'
import { describeError, type RemoteError, reviveError } from '../core/remote-error.ts'
import type { Assignment, Outcome } from './assignment.ts'
import { type Line, RunContext } from './context.ts'
import { runAs } from './current-job.ts'
import { loadTask } from './load.ts'

/** What an exception handler is told of the job that failed. */
export interface FailedJob {
  readonly id: string
  readonly queue: string
  /** `path#export` */
  readonly func: string
  /** Empty where they cannot be decoded. */
  readonly args: readonly unknown[]
  /** Which run failed, 1 for the first. */
  readonly attempt: number
  /** Whether no retry is left. */
  readonly isFinal: boolean
  /** How often a worker died while it ran this job. */
  readonly recoveries: number
  /** Empty where it cannot be decoded. */
  readonly meta: Readonly<Record<string, unknown>>
  readonly worker: string
}

/**
 * Hears of every run that fails, by a throw, its timeout or the death of its work-horse, before the failure is recorded, also
 * where the job runs again. `false` keeps the handlers after it from hearing; anything else goes on.
 */
export type ExceptionHandler = (job: FailedJob, error: Error) => unknown

/** The run is over: nothing that a handler says of its job is heard, and nothing is kept. */
const DEAF: Line = {
  onUpdate: () => {},
  onAsk: async () => ({ kind: 'refused', reason: 'its run is over, and an exception handler keeps none' }),
}

/** Calls the handlers of an assignment in their order. The outcome's result is a JSON list of what went wrong with them. */
export async function tellHandlers(
  assignment: Assignment,
  roots: readonly string[],
  codec?: Codec,
): Promise<Outcome> {
  const began = performance.now()
  const { handlers, error } = assignment.failure!
  const context = new RunContext(assignment, DEAF)
  const complaints: string[] = []
  const told = [
    await toFailedJob(assignment, roots, codec),
    reviveError(JSON.parse(error) as RemoteError),
  ] as const
  for (const name of handlers) {
    try {
      const { fn, instance } = await loadTask(name, { roots })
      if (instance) throw new InvalidJobError(`'${name}' is a method of instances, not a function`)
      if ((await runAs(context, fn, ...told)) === false) break
    } catch (thrown) {
      const { stack, name: kind, message } = describeError(thrown)
      complaints.push(`the exception handler ${name} threw: ${stack ?? `${kind}: ${message}`}`)
    }
  }
  context.end()
  return { kind: 'finished', result: JSON.stringify(complaints), ms: performance.now() - began }
}

async function toFailedJob(
  assignment: Assignment,
  roots: readonly string[],
  codec: Codec | undefined,
): Promise<FailedJob> {
  const { id, queue, func, attempt, recoveries, worker, meta } = assignment
  // Loading the task's module registers the classes that its arguments may be instances of.
  await loadTask(func, { roots }).catch(() => {})
  return {
    id,
    queue,
    func,
    args: readArgs(assignment, codec),
    attempt,
    isFinal: assignment.failure!.isFinal,
    recoveries,
    worker,
    meta: decodeMetaOrNone(meta),
  }
}

function readArgs({ id, args: encoded }: Assignment, codec: Codec | undefined): readonly unknown[] {
  try {
    const args = decode(encoded, codec, 'args', id)
    return Array.isArray(args) ? args : []
  } catch {
    return []
  }
}
