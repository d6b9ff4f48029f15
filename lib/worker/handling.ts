import type { Assignment, Outcome } from '../run/assignment.ts'
import type { Verdict } from '../run/verdict.ts'
import type { Held } from './held.ts'

/** How long all exception handlers of one failure may take. */
export const HANDLERS_MS = 60_000

/** A run that has failed, while its exception handlers are told: its verdict stands, whatever they do. */
export interface Handling {
  readonly verdict: Verdict
  /** By performance.now(). */
  readonly endedAt: number
  readonly ms: number
  /** The handlers' own run, in a work-horse like the job's. */
  readonly assignment: Assignment
}

/** The second run for a held job: its failure, for the handlers. */
export function toHandling(
  { job, options }: Held,
  verdict: Verdict,
  ms: number,
  handlers: readonly string[],
  worker: string,
): Handling {
  const assignment: Assignment = {
    id: job.id,
    queue: job.queue,
    func: job.func ?? '',
    args: job.args ?? '',
    attempt: job.attempt,
    recoveries: job.recoveries,
    timeoutMs: HANDLERS_MS,
    resultLimit: 0,
    ...(job.meta != null && { meta: job.meta }),
    ...(options.headers && { headers: options.headers }),
    worker,
    failure: { handlers, error: verdict.payload },
  }
  return { verdict, endedAt: performance.now(), ms, assignment }
}

/** What is to be told of handlers that threw. */
export function complaints(outcome: Outcome): string[] {
  if (outcome.kind === 'finished') return JSON.parse(outcome.result) as string[]
  return [`the exception handlers failed: ${'error' in outcome ? outcome.error : outcome.kind}`]
}

/** What is to be told of handlers that did not come to an end. */
export function handlersDied({ condemned }: Held): string {
  return `the exception handlers ${condemned ? `ran over ${HANDLERS_MS / 1000} seconds` : 'ended their work-horse'}`
}
