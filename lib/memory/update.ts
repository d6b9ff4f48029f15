import type { LogLine } from '../core/log-line.ts'
import { DEFAULTS } from '../core/options.ts'
import type { MetaSaved, UpdateKind } from '../core/store.ts'
import type { MemoryQueue } from './memory-queue.ts'

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
  kind: UpdateKind,
  value: string,
): boolean {
  const job = queue.heldBy(worker).get(id)?.token === token && queue.job(id)
  if (!job) return false
  if (kind === 'meta' || kind === 'progress') {
    job[kind] = value
    return true
  }
  const texts = kind === 'log' ? [value] : value.split('\n')
  for (const text of texts) job.log.push({ at: queue.now, source: kind, text })
  job.logged += texts.length
  if (kind !== 'log') cutTo(job.log, DEFAULTS.keptOutput)
  job.log.splice(0, job.log.length - DEFAULTS.keptLogLines)
  return true
}

function cutTo(log: LogLine[], bytes: number): void {
  let size = 0
  // What stands before the text counts, as it does in Redis.
  const last = log.findLastIndex(({ at, text }) => {
    size += Buffer.byteLength(text) + String(at).length + 4
    return size > bytes
  })
  log.splice(0, last + 1)
}
