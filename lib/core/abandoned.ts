import { AbandonedJobError } from './errors.ts'
import { DEFAULTS } from './options.ts'
import { describeEvent } from './remote-error.ts'

/** The error, as JSON, of a job that is given up because its workers died with it. */
export const ABANDONED = describeEvent(
  new AbandonedJobError(
    `the worker died ${DEFAULTS.maxRecoveries} times while it ran this job; expected the job to leave its worker alive. Requeue it once the cause is mended.`,
  ),
)
