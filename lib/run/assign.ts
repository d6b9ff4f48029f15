import { DEFAULTS } from '../core/options.ts'
import { fromRef, type Ref, readOptions, type StoredOptions } from '../core/record.ts'
import type { Claimed, Store } from '../core/store.ts'
import type { Assignment } from './assignment.ts'
import { timeoutOf } from './verdict.ts'

/** What a horse needs to run a claimed job. A promise only for a job that takes parents' results as arguments. */
export function toAssignment(
  job: Claimed,
  options: StoredOptions,
  worker: string,
  store: Store,
): Assignment | Promise<Assignment> {
  const { id, queue, attempt, recoveries, snoozes, meta } = job
  const assignment: Assignment = {
    id,
    queue,
    func: job.func ?? '',
    args: job.args ?? '',
    attempt,
    recoveries,
    timeoutMs: timeoutOf(options),
    resultLimit: options.resultLimit ?? DEFAULTS.payloadLimit,
    ...(snoozes > 0 && { snoozes }),
    ...(meta != null && { meta }),
    ...(options.retry && { maxAttempts: options.retry.max + 1 }),
    ...(options.headers && { headers: options.headers, queuedAt: Date.now() - job.waitedMs }),
    ...(job.format !== undefined && { format: job.format }),
    worker,
  }
  return options.futures ? withFutures(assignment, options.futures, store) : assignment
}

/** A parent that failed, as its child allowed, stands as undefined. */
async function withFutures(
  assignment: Assignment,
  futures: Readonly<Record<string, Ref>>,
  store: Store,
): Promise<Assignment> {
  const parents = await store.parents(assignment.queue, assignment.id)
  const results = Object.entries(futures).map(([index, ref]) => [
    index,
    { id: fromRef(ref).id, result: parents.get(ref)?.result ?? '' },
  ])
  return { ...assignment, futures: Object.fromEntries(results) }
}

/** A claimed job's options; nothing where its record is damaged, which running it will tell. */
export function optionsOf(job: Claimed): StoredOptions {
  if (!job.options) return NONE
  try {
    return readOptions(job.id, job.options)
  } catch {
    damaged.add(job)
    return NONE
  }
}

/** Found by optionsOf: reading all options a second time for it would cost every job that has some. */
export function hasDamagedOptions(job: Claimed): boolean {
  return damaged.has(job)
}

const damaged = new WeakSet<Claimed>()

const NONE: StoredOptions = {}
