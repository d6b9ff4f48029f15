import type { Redis } from 'ioredis'
import { queueBase } from './keys.ts'

/** Commands that go out together: enough for one round trip in nearly all cases, and no burden on memory in the others. */
const AT_ONCE = 5_000

/** For each id the queue that holds a job of it. All are asked for at once, so the round trips do not grow with the queues. */
export async function findQueues(
  client: Redis,
  prefix: string,
  queues: readonly string[],
  ids: readonly string[],
): Promise<(string | undefined)[]> {
  const found: (string | undefined)[] = ids.map(() => undefined)
  const places = ids.flatMap((id, i) => queues.map((queue) => ({ id, i, queue })))
  for (let first = 0; first < places.length; first += AT_ONCE) {
    const batch = places.slice(first, first + AT_ONCE)
    const there = await Promise.all(
      batch.map(({ id, queue }) => client.exists(`${queueBase(prefix, queue)}job:${id}`)),
    )
    for (const [n, { i, queue }] of batch.entries()) if (there[n] === 1) found[i] ??= queue
  }
  return found
}
