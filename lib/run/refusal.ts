import { SignatureError } from '../core/errors.ts'
import { describeEvent } from '../core/remote-error.ts'
import type { Signer } from '../core/signature.ts'
import type { Claimed } from '../core/store.ts'
import { optionsOf } from './assign.ts'
import type { Outcome } from './assignment.ts'

/** The failure of a job that must not run, for nobody who knows the secret has signed it as it stands. */
export function refusal(
  job: Claimed,
  signer: Signer | undefined,
): (Outcome & { kind: 'failed' }) | undefined {
  if (!signer || signer.isJob(job.queue, { ...job, options: optionsOf(job) })) return undefined
  const what = job.signature === undefined ? 'it is not signed' : 'its signature does not fit what it says'
  const error = new SignatureError(
    `job ${job.id} does not run: ${what}; enqueue it with the secret of its workers, or give them the one it was signed with`,
    job.id,
  )
  return { kind: 'failed', error: describeEvent(error), permanent: true, ms: 0 }
}
