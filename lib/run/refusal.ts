import { SignatureError } from '../core/errors.ts'
import { readOptions, type StoredOptions } from '../core/record.ts'
import { describeEvent } from '../core/remote-error.ts'
import type { Signer } from '../core/signature.ts'
import type { Claimed } from '../core/store.ts'
import { hasDamagedOptions } from './assign.ts'
import type { Outcome } from './assignment.ts'

/** The failure of a job, its options read by optionsOf, that must not run: its options are damaged, or nobody who knows the secret has signed it as it stands. */
export function refusal(
  job: Claimed,
  signer: Signer | undefined,
): (Outcome & { kind: 'failed' }) | undefined {
  if (!signer && !hasDamagedOptions(job)) return undefined
  let options: StoredOptions
  try {
    options = readOptions(job.id, job.options)
  } catch (error) {
    return refused(error as Error)
  }
  if (!signer || signer.isJob(job.queue, { ...job, options })) return undefined
  const what = job.signature === undefined ? 'it is not signed' : 'its signature does not fit what it says'
  return refused(
    new SignatureError(
      `job ${job.id} does not run: ${what}; enqueue it with the secret of its workers, or give them the one it was signed with`,
      job.id,
    ),
  )
}

function refused(error: Error): Outcome & { kind: 'failed' } {
  return { kind: 'failed', error: describeEvent(error), permanent: true, ms: 0 }
}
