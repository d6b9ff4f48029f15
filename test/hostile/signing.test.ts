import { describe, expect, test } from 'vitest'
import { groupFollowUpId } from '../../lib/core/follow-ups.ts'
import {
  Cron,
  call,
  chain,
  Group,
  InvalidArgumentError,
  type Job,
  JobFailedError,
  Queue,
} from '../../lib/index.ts'
import { harness, logbook, REDIS_URL } from '../kit/harness.ts'

const SECRET = 'a secret of the shop 1'
const OTHER = 'a secret of the shop 2'
const ADD = './tasks#add'

const h = harness()

const place = (secret?: string | string[]) => ({
  connection: REDIS_URL,
  prefix: h.prefix,
  ...(secret !== undefined && { secret }),
})

/** How a job ended, in a word, and the code of its error. */
async function fate(job: Job): Promise<string> {
  await job.refresh()
  return job.status === 'failed' ? `failed ${(job.error as { code?: string }).code}` : job.status
}

describe('a worker with a secret', () => {
  test('runs what was signed with it, and nothing else', async () => {
    const { lines, logger } = logbook()
    const signed = await h.queue('q', { secret: SECRET }).enqueue(ADD, 1, 2)
    const plain = await h.queue('q').enqueue(ADD, 1, 2)
    const wrong = await h.queue('q', { secret: OTHER }).enqueue(ADD, 1, 2)
    await h.drain('q', { secret: SECRET, logger })
    expect(await signed.result).toBe(3)
    expect(await fate(plain)).toBe('failed SIGNATURE')
    expect(await fate(wrong)).toBe('failed SIGNATURE')
    await expect(plain.result).rejects.toThrow(JobFailedError)
    expect(plain.error).toMatchObject({ name: 'SignatureError', message: /it is not signed/ })
    expect(wrong.error).toMatchObject({ message: /its signature does not fit/ })
    expect(lines.filter((line) => line.includes('SignatureError'))).toHaveLength(2)
  })

  test('accepts each of several secrets while they are rotated; the first one signs', async () => {
    const old = await h.queue('q', { secret: OTHER }).enqueue(ADD, 1, 2)
    const both = await h.queue('q', { secret: [SECRET, OTHER] }).enqueue(ADD, 1, 2)
    await h.drain('q', { secret: [SECRET, OTHER] })
    expect(await old.result).toBe(3)
    expect(await both.result).toBe(3)
    await both.refresh()
    const next = await h.queue('q', { secret: [SECRET, OTHER] }).enqueue(ADD, 1, 2)
    await h.drain('q', { secret: SECRET })
    expect(await next.result).toBe(3)
  })

  test.each([
    ['fn', '1000 ./tasks#sum'],
    ['args', '[3,4]'],
    ['opts', '{"timeoutMs":null}'],
    ['sg', ''],
    ['sg', 'x'.repeat(43)],
  ])('refuses a job whose %s was changed to %s', async (field, value) => {
    const job = await h.queue('q', { secret: SECRET }).enqueue(ADD, 1, 2)
    await h.redis.hset(`${h.base('q')}job:${job.id}`, field, value)
    await h.drain('q', { secret: SECRET })
    expect(await fate(job)).toBe('failed SIGNATURE')
  })

  test('a job that nobody signed is not signed by its move to another queue', async () => {
    const q = h.queue('q', { secret: SECRET })
    const forged = await h.queue('q').enqueue(ADD, 1, 2)
    const signed = await q.enqueue(ADD, 1, 2)
    const moved = await Promise.all(
      [forged, signed].map(async ({ id }) => (await q.fetchJob(id))!.moveTo('q2')),
    )
    await h.drain('q2', { secret: SECRET })
    expect(await Promise.all(moved.map(fate))).toEqual(['failed SIGNATURE', 'finished'])
  })

  test('refuses a job that was copied to another id, queue or prefix', async () => {
    const job = await h.queue('q', { secret: SECRET }).enqueue(ADD, 1, 2)
    const record = await h.redis.hgetall(`${h.base('q')}job:${job.id}`)
    const copies = [
      ['q', 'other'],
      ['q2', job.id],
    ] as const
    for (const [queue, id] of copies) {
      await h.redis.hset(`${h.base(queue)}job:${id}`, record)
      await h.redis.zadd(`${h.base(queue)}queued`, 1, id)
      await h.redis.sadd(`${h.prefix}:queues`, queue)
    }
    await h.drain(['q', 'q2'], { secret: SECRET })
    expect(await job.result).toBe(3)
    for (const [queue, id] of copies) {
      expect(await fate((await h.queue(queue).fetchJob(id))!)).toBe('failed SIGNATURE')
    }
  })

  test('does not retry what it refuses, nor tell exception handlers or callbacks that the job itself names', async () => {
    const job = await h
      .queue()
      .with({ retry: 3, onFailure: './callbacks#report', failureTtl: 0 })
      .enqueue(ADD, 1, 2)
    await h.drain('q', { secret: SECRET, exceptionHandlers: ['./handlers#nothing'] })
    expect(await fate(job)).toBe('failed SIGNATURE')
    expect(job.attempt).toBe(1)
    // The callback is refused by its own entry, where everybody sees it.
    const failed = await h.queue().jobs('failed')
    expect(failed.map(({ func }) => func).sort()).toEqual([ADD, 'funq#callback'])
    for (const each of failed) expect(await fate(each)).toBe('failed SIGNATURE')
  })

  test('signs the callbacks of what was signed, and runs them', async () => {
    const q = h.queue('q', { secret: SECRET })
    const job = await q.with({ onSuccess: './tasks#echo2' }).enqueue(ADD, 1, 2)
    await h.drain('q', { secret: SECRET })
    const finished = await q.jobs('finished')
    expect(finished.map(({ func }) => func).sort()).toEqual([ADD, 'funq#callback'])
    expect(await job.result).toBe(3)
  })

  test('does not sign a callback that was written into the record of a job that has ended', async () => {
    const q = h.queue('q', { secret: SECRET })
    const job = await q.with({ onSuccess: './tasks#echo2' }).enqueue(ADD, 1, 2)
    const opts = '{"onSuccess":{"func":"./tasks#spin","timeoutMs":1000}}'
    const { store, release } = (await import('../../lib/queue/open-store.ts')).openStore(place(SECRET))
    const step = { endings: [], beginnings: [], want: 1, begin: true, held: 0 }
    const [claimed] = (await store.step('q', 'w', step)).jobs
    await h.redis.hset(`${h.base('q')}job:${job.id}`, 'opts', opts)
    const ending = {
      kind: 'finished',
      endedAgo: 0,
      ranMs: 1,
      attempt: 1,
      payload: '3',
      ttl: -1,
      aux: true,
    } as const
    await store.step('q', 'w', {
      ...step,
      endings: [{ id: job.id, token: claimed!.token, ...ending }],
      want: 0,
    })
    await store.idle()
    await store.leave('q', 'w')
    await release()
    await h.drain('q', { secret: SECRET })
    const [callback] = await q.jobs('failed')
    expect(callback?.func).toBe('funq#callback')
    expect(await fate(callback!)).toBe('failed SIGNATURE')
  })

  test('runs signed jobs again after a retry, a repetition and a requeue', async () => {
    const q = h.queue('q', { secret: SECRET })
    const retried = await q.with({ retry: 2 }).enqueue('./tasks#failUntil', 3)
    const repeated = await q.with({ repeat: 2 }).enqueue(ADD, 1, 2)
    const requeued = await q.enqueue('./tasks#failOnce', h.gate('once'))
    await h.drain('q', { secret: SECRET })
    expect(await retried.result).toBe(3)
    expect(await repeated.result).toBe(3)
    expect(await fate(requeued)).not.toContain('SIGNATURE')
    await requeued.requeue()
    await h.drain('q', { secret: SECRET })
    expect(await fate(requeued)).toBe('finished')
  })

  test('runs scheduled and dependent jobs, bulk enqueues, chains, transactions and futures', async () => {
    const q = h.queue('q', { secret: SECRET })
    const [one, two] = await chain(q, call(ADD, 1, 2), (before) => call(ADD, before, 4))
    const many = await q.enqueueMany([call(ADD, 1, 1), call(ADD, 2, 2)])
    const soon = await q.enqueueIn('1ms', ADD, 5, 5)
    const multi = h.redis.multi()
    const appended = await q.with({ transaction: multi }).enqueue(ADD, 6, 6)
    await multi.exec()
    await h.drain('q', { secret: SECRET })
    await h.drain('q', { secret: SECRET })
    expect(await Promise.all([one, two, ...many, soon, appended].map((job) => job.result))).toEqual([
      3, 7, 2, 4, 10, 12,
    ])
  })

  test('runs a group, and its callback only if the group was made with the secret', async () => {
    const q = h.queue('q', { secret: SECRET })
    for (const [secret, fates] of [
      [SECRET, 'finished'],
      [undefined, 'failed SIGNATURE'],
    ] as const) {
      const group = await Group.create({ ...place(secret), queue: 'q', onComplete: './tasks#nothing' })
      await group.enqueueMany(q, [call(ADD, 1, 2)])
      await group.seal()
      await h.drain('q', { secret: SECRET })
      expect(await fate((await q.fetchJob(groupFollowUpId(await group.progress())))!)).toBe(fates)
      await group.delete()
    }
  })

  test('fires cron entries; what was not registered with the secret is refused', async () => {
    for (const [name, secret, fates] of [
      ['e1', SECRET, 'finished'],
      ['e2', OTHER, 'failed SIGNATURE'],
      ['e3', undefined, 'failed SIGNATURE'],
    ] as const) {
      await using cron = new Cron(place(secret))
      await cron.register({ name, every: '1h', func: './tasks#nothing', queue: 'q' })
      await using mine = new Cron(place(SECRET))
      const job = await mine.run(name)
      await h.drain('q', { secret: SECRET })
      expect(await fate(job)).toBe(fates)
      await h.redis.zadd(`${h.prefix}:{:cron}:due`, 1_000, name)
      await h.drain('q', { secret: SECRET })
      expect(await fate((await h.queue().fetchJob((await mine.fetch(name)).lastJobId!))!)).toBe(fates)
    }
  })

  test('stores a cron entry anew that is registered with another secret, and goes on with its schedule', async () => {
    const entry = { name: 'e', every: '1h', func: './tasks#nothing', queue: 'q' }
    await using first = new Cron(place(SECRET))
    const before = await first.register(entry)
    await first.register(entry)
    expect(first.registered.get('e')).toBe('created')
    await using second = new Cron(place(OTHER))
    const after = await second.register(entry)
    expect(second.registered.get('e')).toBe('changed')
    expect(after.nextAt).toEqual(before.nextAt)
  })
})

describe('without a secret', () => {
  test('a worker runs signed and unsigned jobs alike, and nothing is stored for it', async () => {
    const signed = await h.queue('q', { secret: SECRET }).enqueue(ADD, 1, 2)
    const plain = await h.queue('q').enqueue(ADD, 1, 2)
    expect(await h.redis.hkeys(`${h.base('q')}job:${plain.id}`)).toEqual(['fn', 'args'])
    await h.drain()
    expect(await signed.result).toBe(3)
    expect(await plain.result).toBe(3)
  })
})

describe('the synchronous mode', () => {
  test('signs what it runs, and refuses to run again what another made without the secret', async () => {
    const q = h.queue('q', { async: false, secret: SECRET })
    const mine = await q.with({ retry: 1 }).enqueue('./test/fixtures/tasks#failUntil', 2)
    expect(await mine.returnValue()).toBe(2)
    const foreign = await h.queue('q').enqueue('./test/fixtures/tasks#add', 1, 2)
    await foreign.cancel()
    await q.requeue([foreign.id])
    expect(await fate(foreign)).toBe('failed SIGNATURE')
  })
})

describe('a secret', () => {
  test.each([[''], ['short'], [[]], [['long enough to be one', 'short']], [12]])('cannot be %j', (secret) => {
    expect(() => new Queue('q', { secret: secret as string, connection: REDIS_URL })).toThrow(
      InvalidArgumentError,
    )
    expect(() => h.worker('q', { secret: secret as string })).toThrow(/at least 16 characters/)
  })
})
