import {
  BootstrapError,
  type FunqError,
  JobStoppedError,
  JobTimeoutError,
  WorkHorseDiedError,
} from '../core/errors.ts'
import { classNames, describeEvent } from '../core/remote-error.ts'
import type { Signer } from '../core/signature.ts'
import type { Outcome } from '../run/assignment.ts'
import { refusal } from '../run/refusal.ts'
import { failureTtl, timeoutOf, type Verdict, verdict } from '../run/verdict.ts'
import type { Held } from './held.ts'
import type { HorseExit } from './horse/horse.ts'
import type { CheckedWorkerOptions } from './options.ts'

/** How long a job waits for a worker that has its function. */
const LATER_MS = 5_000

/** What becomes of jobs whose own outcome does not decide it. */

export function giveBack(): Verdict {
  return { kind: 'giveBack', payload: '', ttl: 0 }
}

/** It goes back, and runs alone from then on: it may have ended its horse, or another did. */
function giveBackAlone(): Verdict {
  return { kind: 'giveBackAlone', payload: '', ttl: 0 }
}

/** By its own outcome; but where this deployment lacks its function, and is told so, it is left to another that has it. */
export function judged(
  { options, job }: Held,
  outcome: Outcome,
  { unknownFunction }: Pick<CheckedWorkerOptions, 'unknownFunction'>,
): Verdict {
  const putOff = outcome.kind === 'failed' && outcome.unknown && unknownFunction === 'requeue'
  return putOff
    ? { kind: 'giveBackLater', payload: outcome.error, ttl: LATER_MS }
    : verdict(options, job, outcome)
}

/** Of a job that must not run: nothing that it says is heeded, not even how long it is to be kept. */
export function refused({ job }: Held, signer: Signer | undefined): Verdict | undefined {
  const outcome = refusal(job, signer)
  return outcome && verdict({}, job, outcome)
}

/** Of a job whose signal was aborted: over its time it has failed and stopped it is stopped, whatever it makes of it. */
export function aborted(held: Held): Verdict {
  const { options } = held
  if (held.aborted === 'stopped') {
    const error = new JobStoppedError('the job was stopped by job.stop()')
    return { kind: 'stopped', payload: describeEvent(error), ttl: failureTtl(options) }
  }
  if (held.aborted === 'timeout') {
    const limit = (timeoutOf(options) ?? 0) / 1000
    return failed(held, new JobTimeoutError(`the job exceeded its timeout of ${limit} seconds`))
  }
  return giveBack()
}

/**
 * Of a job whose horse has ended under it. Blame falls on the one that is known to have done it; among several that may have, on none
 * until each has run alone.
 */
export function died(held: Held, suspects: readonly Held[], exit: HorseExit): Verdict {
  const culprit = exit.culprit ?? (suspects.length === 1 ? suspects[0]!.job.id : null)
  if (held.aborted) return aborted(held)
  if (held.condemned || held.job.id === culprit) return horseDied(held, exit)
  const isClear = culprit !== null || suspects.some((other) => other.aborted !== undefined || other.condemned)
  return isClear ? giveBack() : giveBackAlone()
}

/** Of the job that ended its horse, or whose horse was killed on request: how a thread then ended says nothing of that. */
function horseDied(held: Held, { code, signal, hint }: HorseExit): Verdict {
  const ended = signal ? `was killed by ${signal}` : `exited with code ${code}`
  const how = held.condemned ? 'was killed on request' : ended
  const message = `the work-horse ${how} while it ran this job${hint ? ` (${hint})` : ''}`
  return failed(held, new WorkHorseDiedError(message, code, signal))
}

function failed({ options, job }: Held, error: Error): Verdict {
  return verdict(options, job, {
    kind: 'failed',
    error: describeEvent(error),
    kinds: classNames(error),
    permanent: false,
    ms: 0,
  })
}

/** A slot is taken by a job that no horse knows: what this worker believes is wrong, and another is to be started. */
export function horseMissing({ job }: Held): FunqError {
  return new WorkHorseDiedError(
    `there is no work-horse for job ${job.id}, which holds a slot: this worker is broken, and ends`,
    null,
    null,
  )
}

/** Horses that end before they can run anything: no job is to blame. */
export function unusable({ code, signal, hint, unprepared }: HorseExit): FunqError {
  if (unprepared) return new BootstrapError(hint ?? 'what jobs need could not be loaded')
  return new WorkHorseDiedError(
    `work-horses end before they can run a job (code ${code}, signal ${signal}${hint ? `, ${hint}` : ''}); check Node's flags (NODE_OPTIONS) and the memory there is`,
    code,
    signal,
  )
}
