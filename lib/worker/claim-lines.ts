import type { StepReply } from '../core/store.ts'
import type { Logger } from './logger.ts'

/** Tells the log of each claim, where it is to hear that on purpose: a line a claim costs more than the claim. */
export function claimLines(
  log: Logger,
  leaseMs: number,
): ((queue: string, jobs: StepReply['jobs']) => void) | undefined {
  if (!['debug', 'trace'].includes(log.level ?? '')) return undefined
  return (queue, jobs) => {
    for (const { id, token } of jobs)
      log.debug(`${queue}: claimed ${id} lease=${leaseMs / 1000}s token=${token}`)
  }
}
