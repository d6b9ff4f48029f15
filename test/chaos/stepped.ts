import { Redis } from 'ioredis'
import { currentJob, step } from '../../lib/index.ts'
import type { Place } from './sent.ts'
import { begin, note } from './tasks.ts'

/** Jobs of durable steps: what was kept must not be done again, and be the same in each run. */

/** A few steps, two of them at once, with a sleep among them; falls over between any two. */
export async function stepped(steps: number, failures: number): Promise<number> {
  const { id, queue, attempt, checkpoint, checkpointed } = bound(currentJob()!)
  await begin()
  const done = await checkpointed<number>()
  let sum = 0
  for (let n = 0; n < steps; n++) {
    const [a, b] = await Promise.all([once(`${id}@${queue}`, `${n}a`), once(`${id}@${queue}`, `${n}b`)])
    sum += Math.sign(a) + Math.sign(b)
    if (n === 1) await step.sleep('a little', '200ms')
    await checkpoint(n)
    if (attempt <= failures && n >= attempt) throw new Error('between two steps')
  }
  // Of an earlier run, or none: never ahead of what this one has come to.
  if (done !== undefined && done >= steps) await note('steps broken', `${id}@${queue} checkpoint ${done}`)
  return sum
}

function bound(job: NonNullable<ReturnType<typeof currentJob>>) {
  return {
    id: job.id,
    queue: job.queue,
    attempt: job.attempt,
    checkpoint: (value: unknown) => job.checkpoint(value),
    checkpointed: <T>() => job.checkpointed<T>(),
  }
}

/** A worker that has lost its lease may do a step that another one keeps: it is never told that it kept it. */
async function once(ref: string, name: string): Promise<number> {
  let isDone = false
  const value = await step(name, async () => {
    isDone = true
    await new Promise((resolve) => setTimeout(resolve, 10))
    return 1 + Math.random()
  })
  if (isDone && (await note('steps kept', `${ref} ${name}`)) > 1)
    await note('steps broken', `${ref} ${name} done again`)
  if ((await note('steps seen', `${ref} ${name} ${value}`)) === 1) await note('values seen', `${ref} ${name}`)
  return value
}

export const STEP_KINDS = {
  async stepped({ book, random, queues }: Place) {
    const [steps, failures] = [random.int(1, 5), random.int(0, 3)]
    const job = await random
      .pick(queues)
      .with({ retry: { max: 8, interval: random.pick([0, '100ms']) }, ...book.ownId('stepped', random) })
      .enqueue(stepped, steps, failures)
    const expected = { status: 'finished', value: 2 * steps } as const
    book.follow(job, book.add(job, { kind: 'stepped', expected, mayCancel: false }))
  },
}

/** What does not hold of the steps of all jobs, one sentence each. */
export async function verifySteps(ledgerUrl: string): Promise<string[]> {
  const ledger = new Redis(ledgerUrl)
  try {
    const [broken, seen] = await Promise.all([ledger.hgetall('steps broken'), ledger.hgetall('values seen')])
    const differing = Object.entries(seen).filter(([, values]) => Number(values) > 1)
    return [
      ...Object.keys(broken).map((what) => `step ${what}`),
      ...differing.map(([name, values]) => `step ${name} gave ${values} values in the runs of its job`),
    ]
  } finally {
    ledger.disconnect()
  }
}
