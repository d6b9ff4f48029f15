import { setTimeout as pause } from 'node:timers/promises'
import { Redis } from 'ioredis'
import { Queue } from '../../lib/index.ts'
import { cronBase } from '../../lib/redis/keys.ts'
import { WORK } from './backlog.ts'
import type { Book } from './sent.ts'
import type { Timeline } from './timeline.ts'

/** Without any progress for so long, it will not come. Longer than any lease, interval, poll or wait of a run. */
const PATIENCE_MS = 60_000

/** Waits until nothing is left to do; what still waits after that is judged by itself. Answers what is stuck. */
export async function drain(
  book: Book,
  names: readonly string[],
  where: { readonly connection: string; readonly prefix: string },
  timeline: Timeline,
): Promise<string[]> {
  const queues = names.map((name) => new Queue(name, where))
  const redis = new Redis(where.connection)
  let last = ''
  let since = performance.now()
  let calm = 0
  try {
    for (;;) {
      const left = await leftIn(queues, redis, book)
      if (left === '') {
        // What has just ended may be about to have a callback; the outbox says so, but for a moment between two queues.
        if (++calm === 4) return []
      } else {
        calm = 0
      }
      if (left !== last) {
        timeline.note(`left: ${left}`)
        last = left
        since = performance.now()
      }
      if (performance.now() - since > PATIENCE_MS) return [`nothing moved for ${PATIENCE_MS} ms: ${left}`]
      await pause(250)
    }
  } finally {
    redis.disconnect()
    for (const queue of queues) await queue.close()
  }
}

async function leftIn(queues: readonly Queue[], redis: Redis, book: Book): Promise<string> {
  const left: string[] = []
  for (const queue of queues) {
    const counts = await queue.counts()
    const owed = await redis.zcard(`${queue.prefix}:{${queue.name}}:outbox`)
    for (const state of WORK) if (counts[state] > 0) left.push(`${queue.name} ${state} ${counts[state]}`)
    if (owed > 0) left.push(`${queue.name} owes ${owed}`)
  }
  // A slot whose worker died before it had enqueued the job: another one will.
  const slots = await redis.zcard(`${cronBase(queues[0]!.prefix)}pending`)
  if (slots > 0) left.push(`${slots} slots of cron entries`)
  if (left.length > 0) return left.join(', ')
  for (const id of book.groups.keys()) {
    const info = `${queues[0]!.prefix}:{:group:${id}}:info`
    if ((await redis.hget(info, 'announced')) === null) left.push(`group ${id}`)
  }
  // Asked last, and only then: a job that has ended must be heard of, one that is deferred for good never will be.
  if (left.length === 0) left.push(...(await unheard(queues, book)))
  return left.slice(0, 10).join(', ')
}

async function unheard(queues: readonly Queue[], book: Book): Promise<string[]> {
  const left: string[] = []
  for (const { id, queue } of book.awaited) {
    const job = await queues.find(({ name }) => name === queue)!.fetchJob(id)
    if (job?.status !== 'deferred') left.push(`${id} is ${job?.status}, and whoever awaits it has not heard`)
  }
  return left
}
