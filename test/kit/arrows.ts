import { ARROWS, type JobStatus } from '../../lib/core/states.ts'
import type { MemoryJob } from '../../lib/memory/job.ts'
import type { Watcher } from '../../lib/memory/watcher.ts'

const ALLOWED = new Set(
  Object.values<{ from: readonly JobStatus[]; to: readonly JobStatus[] }>(ARROWS).flatMap(({ from, to }) =>
    // A job that a worker holds and has not marked as begun still says that it is queued.
    from
      .flatMap((start) => (start === 'started' ? [start, 'queued' as const] : [start]))
      .flatMap((start) => to.map((end) => `${start} → ${end}`)),
  ),
)

/** Notes every change of a job's state that is no arrow of the diagram. */
export class ArrowWatch implements Watcher {
  readonly forbidden: string[] = []
  readonly #last = new Map<MemoryJob, JobStatus>()

  onStored(_: string, job: MemoryJob): void {
    this.#last.set(job, job.status)
    const { to } = ARROWS.enqueue
    if (job.status !== 'started' && !(to as readonly JobStatus[]).includes(job.status))
      this.forbidden.push(`enqueue → ${job.status}`)
  }

  onStatus(job: MemoryJob, status: JobStatus): void {
    const before = this.#last.get(job)
    // Of one that is being enqueued, the state that it comes into is looked at when it is stored.
    if (before === undefined) return
    this.#last.set(job, status)
    const arrow = `${before} → ${status}`
    if (before !== status && !ALLOWED.has(arrow)) this.forbidden.push(`${job.id}: ${arrow}`)
  }
}
