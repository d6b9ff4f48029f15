import { DEFAULTS } from '../core/options.ts'
import type { MetaSaved } from '../core/store.ts'
import type { MemoryQueue } from './memory-queue.ts'

/** What a running job reports of itself. */
export type Report = 'meta' | 'progress' | 'log'

/** Writes a job's meta from outside; where `was` is given, only over that. */
export function saveMeta(queue: MemoryQueue, id: string, meta: string, was: string | undefined): MetaSaved {
  const job = queue.job(id)
  if (!job) return 'gone'
  if (was !== undefined && was !== (job.meta ?? '')) return { changed: job.meta }
  job.meta = meta
  return 'saved'
}

/** Notes a report. False once the claim is lost. */
export function update(
  queue: MemoryQueue,
  worker: string,
  id: string,
  token: string,
  kind: Report,
  value: string,
): boolean {
  const job = queue.heldBy(worker).get(id)?.token === token && queue.job(id)
  if (!job) return false
  if (kind !== 'log') job[kind] = value
  else if (job.log.push(value) > DEFAULTS.keptLogLines) job.log.shift()
  return true
}
