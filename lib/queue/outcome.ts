import type { Codec } from '../core/codec.ts'
import { titleOf } from '../core/describe-call.ts'
import { JobCanceledError, JobFailedError } from '../core/errors.ts'
import type { JobRecord } from '../core/record.ts'
import { decodeResult } from '../core/result.ts'
import { isEnded } from '../core/states.ts'
import type { Ended } from '../core/store.ts'
import { notFound } from './refusal.ts'
import { reviveStored } from './stored-error.ts'

/**
 * What a job that has ended returned; else the error that awaiting it rejects with.
 * @param last the job as it was last seen
 */
export function returnedBy(ended: Ended, last: JobRecord, codec?: Codec): unknown {
  const { id } = last
  if (ended.status === 'finished') return decodeResult(ended.payload, codec, id)
  const who = `job ${id} (${titleOf(last)})`
  switch (ended.status) {
    case 'failed': {
      const cause = reviveStored(ended.payload)
      throw new JobFailedError(`${who} failed: ${cause.name}: ${cause.message}`, id, { cause })
    }
    case 'stopped':
    case 'deleted':
      throw new JobCanceledError(`${who} was ${ended.status}, so it has no result`, id, ended.status)
    case 'canceled':
      throw new JobCanceledError(
        `${who} was canceled: ${ended.payload || 'no reason given'}`,
        id,
        ended.status,
      )
    case 'gone': {
      // It may have ended for all that was last seen of it.
      const { status, result = '', error = '', reason = '' } = last
      if (!isEnded(status)) throw notFound(id)
      const payload = status === 'finished' ? result : status === 'canceled' ? reason : error
      return returnedBy({ status, payload }, last, codec)
    }
  }
}
