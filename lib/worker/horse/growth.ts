import type { Report } from './protocol.ts'

const LOOK_EVERY_MS = 100
const MIB = 2 ** 20

/**
 * Reports, before the outcome of a job, that this process holds more memory than when it became ready by more than so much, within its heap or
 * outside of it: before, for the slot of that job is then another horse's. A look costs some microseconds, and short jobs share one.
 */
export function reportGrowth(
  report: (report: Report) => void,
  maxMemoryMb: number,
): (report: Report) => void {
  let atFirst = 0
  let lookedAt = Number.NEGATIVE_INFINITY
  return (message) => {
    if (message.kind === 'ready') atFirst = process.memoryUsage.rss()
    else if (message.kind === 'outcome' && performance.now() - lookedAt >= LOOK_EVERY_MS) {
      lookedAt = performance.now()
      const mb = (process.memoryUsage.rss() - atFirst) / MIB
      if (mb > maxMemoryMb) report({ kind: 'grown', mb: Math.round(mb) })
    }
    report(message)
  }
}
