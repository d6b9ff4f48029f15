import type { JobStatus } from '../core/states.ts'
import type { Connection } from './connection.ts'
import type { Outbox } from './outbox.ts'

/** Queues ended jobs of one queue again, a hundred a call. Answers for each its state now, or `gone`. */
export async function requeue(
  connection: Connection,
  base: string,
  outbox: Outbox,
  queue: string,
  ids: readonly string[],
  atFront: boolean,
): Promise<(JobStatus | 'gone')[]> {
  const answers: (JobStatus | 'gone')[] = []
  for (let i = 0; i < ids.length; i += 100) answers.push(...(await page(ids.slice(i, i + 100))))
  for (const [i, answer] of answers.entries()) {
    if (answer === 'deferred') await outbox.register(queue, ids[i]!)
  }
  return answers

  async function page(some: readonly string[]): Promise<(JobStatus | 'gone')[]> {
    const args = [atFront ? 1 : 0, ...some]
    const found = await connection.run<(JobStatus | 'gone' | 'owing')[]>('requeue', base, args)
    return Promise.all(found.map((answer, i) => (answer === 'owing' ? afterItsEnd(some[i]!) : answer)))
  }

  /** Its callbacks are still to be told of its end, which a requeue would take away: they hear of it first. */
  async function afterItsEnd(id: string): Promise<JobStatus | 'gone'> {
    await outbox.deliver(queue, [`fx:${id}`])
    return (await page([id]))[0]!
  }
}
