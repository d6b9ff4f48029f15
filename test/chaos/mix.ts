import { setTimeout as pause } from 'node:timers/promises'
import { call, callWith, Group, InvalidStateError, type Job, RedisUnavailableError } from '../../lib/index.ts'
import type { Place, Sent } from './sent.ts'
import { STEP_KINDS } from './stepped.ts'
import * as tasks from './tasks.ts'

/** One helping of each kind of job; the weights say how often. */
export type Kind = keyof typeof KINDS

type Weights = Readonly<Partial<Record<Kind, number>>>

export const WEIGHTS: Weights = {
  plain: 30,
  bulk: 5,
  slow: 14,
  flaky: 10,
  fails: 6,
  family: 10,
  scheduled: 8,
  group: 5,
  told: 10,
  unique: 8,
  limited: 8,
  rated: 4,
  repeated: 4,
  requeued: 4,
  stepped: 12,
}

/** Those that take their process down, and so are much slower to run than to enqueue. */
export const ROUGH_WEIGHTS: Weights = { exits: 4, hangs: 2, spins: 1, kills: 0.3 }

export const KINDS = {
  ...STEP_KINDS,

  async plain({ book, random, queues }: Place) {
    const n = random.int(0, 1000)
    const queue = random.pick(queues)
    const job = await queue.with(book.ownId('plain', random)).enqueue(tasks.plain, n)
    book.follow(job, book.add(job, { kind: 'plain', expected: finished(n * 2), mayCancel: false }))
  },

  async bulk({ book, random, queues }: Place) {
    const jobs = await random
      .pick(queues)
      .enqueueMany(Array.from({ length: random.int(2, 60) }, (_, n) => call(tasks.plain, n)))
    for (const [n, job] of jobs.entries())
      book.add(job, { kind: 'bulk', expected: finished(n * 2), mayCancel: false })
  },

  /** Long enough to be struck, canceled or stopped meanwhile. */
  async slow({ book, random, queues, rough }: Place) {
    const n = random.int(0, 1000)
    const options = {
      ...book.ownId('slow', random),
      priority: random.int(-2, 2),
      atFront: random.chance(0.1),
    }
    const queue = random.pick([...queues, rough])
    const job = await queue.with(options).enqueue(tasks.slow, n, random.int(20, 900))
    const sent = book.add(job, { kind: 'slow', expected: finished(n * 2), mayCancel: false })
    book.follow(job, sent)
    if (!random.chance(0.2)) return
    const how = random.chance(0.5) ? 'cancel' : 'stop'
    // Some run by then, some wait, some have ended.
    await pause(how === 'stop' ? random.between(0, 500) : 0)
    await interfere(job, sent, how)
  },

  async flaky({ book, random, queues }: Place) {
    const retry = { max: 8, interval: random.pick([0, '50ms', '300ms']), atFront: random.chance(0.3) }
    const job = await random
      .pick(queues)
      .with({ retry, ...book.ownId('flaky', random) })
      .enqueue(tasks.flaky, random.int(1, 4))
    book.follow(job, book.add(job, { kind: 'flaky', expected: finished('at last'), mayCancel: false }))
  },

  async fails({ book, random, queues }: Place) {
    const retry = random.int(0, 2)
    const job = await random
      .pick(queues)
      .with({ retry, ...book.ownId('fails', random) })
      .enqueue(tasks.fails)
    book.follow(job, book.add(job, { kind: 'fails', expected: failed('Error'), mayCancel: false }))
  },

  async exits({ book, random, rough }: Place) {
    const job = await rough.with({ retry: random.int(0, 1) }).enqueue(tasks.exits, random.pick([0, 3, -1]))
    book.follow(
      job,
      book.add(job, { kind: 'exits', expected: failed('WorkHorseDiedError'), mayCancel: false }),
    )
  },

  async hangs({ book, random, rough }: Place) {
    const job = await rough.with({ timeout: '400ms', retry: random.int(0, 1) }).enqueue(tasks.hangs)
    book.follow(job, book.add(job, { kind: 'hangs', expected: failed('JobTimeoutError'), mayCancel: false }))
  },

  async spins({ book, rough }: Place) {
    const job = await rough.with({ timeout: '300ms' }).enqueue(tasks.spins)
    book.follow(job, book.add(job, { kind: 'spins', expected: failed('JobTimeoutError'), mayCancel: false }))
  },

  async kills({ book, rough }: Place) {
    const job = await rough.enqueue(tasks.kills)
    book.follow(
      job,
      book.add(job, { kind: 'kills', expected: failed('AbandonedJobError'), mayCancel: false }),
    )
  },

  /** A parent, a child in any queue that takes its result, and one that waits for both whatever becomes of them. */
  async family({ book, random, queues }: Place) {
    const n = random.int(0, 1000)
    const first = await random.pick(queues).enqueue(tasks.slow, n, random.int(0, 300))
    const parent = book.add(first, { kind: 'parent', expected: finished(n * 2), mayCancel: false })
    const second = await random.pick(queues).with(book.ownId('child', random)).enqueue(tasks.next, first)
    const child = book.add(second, {
      kind: 'child',
      expected: finished(n * 2 + 1),
      mayCancel: false,
      parent,
    })
    book.follow(second, child)
    const dependsOn = [first, second].map((job) => ({ job, allowFailure: true }))
    const third = await random.pick(queues).with({ dependsOn }).enqueue(tasks.plain, n)
    const expected = finished(n * 2)
    book.add(third, { kind: 'heir', expected, mayCancel: false, parent: child, allowsFailure: true })
    if (random.chance(0.1)) await interfere(first, parent, 'cancel')
  },

  async scheduled({ book, random, queues }: Place) {
    const n = random.int(0, 1000)
    const options = { in: random.between(0, 3), ...book.ownId('scheduled', random) }
    const job = await random.pick(queues).with(options).enqueue(tasks.plain, n)
    book.follow(job, book.add(job, { kind: 'scheduled', expected: finished(n * 2), mayCancel: false }))
  },

  async group({ book, random, queues, rough, where }: Place) {
    const group = await Group.create({ ...where, onComplete: tasks.groupDone, queue: queues[0]!.name })
    const size = random.int(0, 8)
    for (let n = 0; n < size; n++) {
      const queue = random.pick([...queues, rough])
      const [job] = await group.enqueueMany(queue, [
        callWith({ retry: 1 }, random.chance(0.2) ? tasks.fails : tasks.plain, n),
      ])
      const expected = job!.func.endsWith('#fails') ? failed('Error') : finished(n * 2)
      book.add(job!, { kind: 'member', expected, mayCancel: false, group: group.id })
    }
    await group.seal()
    book.groups.set(group.id, size)
  },

  async told({ book, random, queues }: Place) {
    const callbacks = { onSuccess: tasks.told, onFailure: tasks.told, onStopped: tasks.told }
    const queue = random.pick(queues).with({ ...callbacks, ...book.ownId('told', random) })
    const fails = random.chance(0.3)
    const job = fails ? await queue.enqueue(tasks.fails) : await queue.enqueue(tasks.plain, 1)
    const expected = fails ? failed('Error') : finished(2)
    book.add(job, { kind: 'told', expected, mayCancel: false, tells: true })
  },

  async unique({ book, random, queues }: Place) {
    const onDuplicate = random.pick(['reject', 'existing', 'replace'] as const)
    const unique = { key: `u-${onDuplicate}-${random.int(1, 3)}`, onDuplicate }
    const n = random.int(0, 1000)
    const options = { unique, ...(random.chance(0.3) && { in: '300ms' as const }) }
    const job = await random.pick(queues).with(options).enqueue(tasks.slow, n, random.int(0, 200))
    // Whose value it has is not known where it is an earlier one.
    const expected: Sent['expected'] = { status: 'finished' }
    book.follow(job, book.add(job, { kind: 'unique', expected, mayCancel: onDuplicate === 'replace' }))
  },

  async limited({ book, random, queues }: Place) {
    const limit = { key: `l-${random.int(1, 3)}`, concurrency: random.int(1, 3) }
    const n = random.int(0, 1000)
    const job = await random.pick(queues).with({ limit }).enqueue(tasks.slow, n, random.int(0, 150))
    book.follow(job, book.add(job, { kind: 'limited', expected: finished(n * 2), mayCancel: false }))
  },

  async rated({ book, random, queues }: Place) {
    const limit = { key: 'r', rate: { max: 10, per: '1s' as const } }
    const n = random.int(0, 1000)
    const job = await random.pick(queues).with({ limit, retry: 2 }).enqueue(tasks.plain, n)
    book.follow(job, book.add(job, { kind: 'rated', expected: finished(n * 2), mayCancel: false }))
  },

  async repeated({ book, random, queues }: Place) {
    const n = random.int(0, 1000)
    const repeat = { times: random.int(1, 3), interval: random.pick([0, '100ms']) }
    const job = await random.pick(queues).with({ repeat }).enqueue(tasks.plain, n)
    book.follow(job, book.add(job, { kind: 'repeated', expected: finished(n * 2), mayCancel: false }))
  },

  /** Fails, is requeued by whoever awaits it, and fails again. */
  async requeued({ book, random, queues }: Place) {
    const job = await random.pick(queues).enqueue(tasks.fails)
    const sent = book.add(job, { kind: 'requeued', expected: failed('Error'), mayCancel: false })
    const again = async () => {
      await job.result.catch(() => {})
      await unlessAway(job.requeue())
      book.follow(job, sent)
    }
    again().catch((error: unknown) => book.problems.push(`requeueing ${job.id} rejected with ${error}`))
  },
} as const

function finished(value: unknown): Sent['expected'] {
  return { status: 'finished', value }
}

function failed(name: string): Sent['expected'] {
  return { status: 'failed', value: name }
}

/** Whether it was in time is not known: it may have ended, or not begun. */
async function interfere(job: Job<unknown>, sent: Sent, how: 'cancel' | 'stop'): Promise<void> {
  sent.mayCancel = true
  try {
    await unlessAway(job[how]())
  } catch (error) {
    if (!(error instanceof InvalidStateError)) throw error
  }
}

/** What Redis could not be asked may have been done or not; either is right. */
async function unlessAway(asked: Promise<unknown>): Promise<void> {
  try {
    await asked
  } catch (error) {
    if (!(error instanceof RedisUnavailableError)) throw error
  }
}
