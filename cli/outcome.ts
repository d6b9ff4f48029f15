import { inspect } from 'node:util'
import { JobCanceledError, JobFailedError, JobNotFoundError, SerializationError } from '../lib/core/errors.ts'
import type { Job } from '../lib/queue/job.ts'
import { cleanText } from './clean-text.ts'

/** How an awaited job ended. */
export type Waited =
  | { readonly ok: true; readonly id: string; readonly result: unknown }
  | {
      readonly ok: false
      readonly id: string
      readonly error: { readonly name: string; readonly message: string }
    }

/** Waits for a job. @throws WaitTimeoutError, JobNotFoundError */
export async function awaitJob(job: Job, timeout: string | undefined): Promise<Waited> {
  const { id } = job
  try {
    return { ok: true, id, result: await job.wait(timeout === undefined ? {} : { timeout }) }
  } catch (error) {
    const isOutcome =
      error instanceof JobFailedError ||
      error instanceof JobCanceledError ||
      error instanceof SerializationError
    if (!isOutcome || error instanceof JobNotFoundError) throw error
    const { name, message } =
      error instanceof JobFailedError && error.cause instanceof Error ? error.cause : error
    return { ok: false, id, error: { name, message } }
  }
}

/** Text is printed as it is, anything else as code. */
export function resultText(result: unknown): string {
  return cleanText(
    typeof result === 'string' ? result : inspect(result, { depth: null, maxArrayLength: null }),
  )
}
