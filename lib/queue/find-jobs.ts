import { getOrMake } from '../core/get-or-make.ts'
import type { JobRecord } from '../core/record.ts'
import type { Store } from '../core/store.ts'

/** The records of ids, whichever queues they are in, in their order: in three round trips, however many of both. */
export async function findRecords(store: Store, ids: readonly string[]): Promise<(JobRecord | undefined)[]> {
  if (ids.length === 0) return []
  const records: (JobRecord | undefined)[] = ids.map(() => undefined)
  const byQueue = new Map<string, number[]>()
  for (const [i, queue] of (await store.findMany(ids)).entries())
    if (queue !== undefined) getOrMake(byQueue, queue, () => []).push(i)
  await Promise.all(
    [...byQueue].map(async ([queue, places]) => {
      const found = await store.fetch(
        queue,
        places.map((i) => ids[i]!),
      )
      for (const [n, i] of places.entries()) records[i] = found[n]
    }),
  )
  return records
}
