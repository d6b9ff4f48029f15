import { readdirSync, readFileSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { harness, logbook } from '../kit/harness.ts'

const h = harness()
const RECORDS = new URL('../fixtures/records/', import.meta.url).pathname

type Stored = readonly [type: 'hash' | 'zset' | 'string', value: string | Record<string, string>]

/** Puts the keys of queue q as a version of funq left them. */
async function restore(file: string): Promise<void> {
  const keys = JSON.parse(readFileSync(join(RECORDS, file), 'utf8')) as Record<string, Stored>
  for (const [name, [type, value]] of Object.entries(keys)) {
    const key = `${h.base('q')}${name}`
    if (typeof value === 'string') await h.redis.set(key, value)
    else if (type === 'hash') await h.redis.hset(key, value)
    else for (const [member, score] of Object.entries(value)) await h.redis.zadd(key, score, member)
  }
  await h.redis.sadd(`${h.prefix}:queues`, 'q')
}

describe.each(readdirSync(RECORDS))('[F43] what funq %s stored', (file) => {
  test('[F43] is read by this version', async () => {
    await restore(file)
    const q = h.queue()
    expect(await (await q.fetchJob('done'))!.result).toBe(3)
    expect(await q.fetchJob('failed')).toMatchObject({ status: 'failed', error: { message: 'as told' } })
    expect(await q.fetchJob('rich')).toMatchObject({ status: 'queued', args: [new Date(0)] })
    expect(await q.fetchJob('options')).toMatchObject({ meta: { a: 1 }, priority: -2 })
    expect((await q.fetchJob('scheduled'))!.scheduledFor).toEqual(new Date(4_000_000_000_000))
    expect(await (await q.fetchJob('child'))!.dependencies()).toHaveLength(1)
  })

  test('[F43] is run by this version', async () => {
    await restore(file)
    await h.drain()
    const q = h.queue()
    const result = async (id: string) => (await q.fetchJob(id))!.result
    const ids = ['plain', 'rich', 'options', 'parent', 'child', 'unique', 'called'] as const
    expect(await Promise.all(ids.map(result))).toEqual([7, new Date(0), 11, 2, 12, 1, 'x'])
    await q.with({ unique: 'k' }).enqueue('./tasks#add', 1, 1)
  })
})

describe('[F43] a record that a newer funq wrote', () => {
  test('[F43] fails where it is claimed, and says what to do', async () => {
    const q = h.queue()
    const job = await q.enqueue('./tasks#add', 1, 1)
    await h.redis.hset(`${h.base('q')}job:${job.id}`, 'v', '2')
    await expect(job.refresh()).rejects.toThrow(/format 2, written by a newer funq.*Upgrade/)
    await h.drain('q', { isolation: 'process' })
    const error = JSON.parse((await h.redis.hget(`${h.base('q')}job:${job.id}`, 'err'))!)
    expect(error).toMatchObject({ name: 'InvalidJobError', message: expect.stringContaining('format 2') })
  })

  test('[F43] waits for a newer worker where unknown functions do', async () => {
    const q = h.queue()
    const job = await q.enqueue('./tasks#add', 1, 1)
    await h.redis.hset(`${h.base('q')}job:${job.id}`, 'v', '2')
    await h.drain('q', { unknownFunction: 'requeue' })
    expect(await q.counts()).toMatchObject({ scheduled: 1, failed: 0 })
  })
})

describe('[F31] a function that is not here', () => {
  test('[F31] fails its job by default, and says where it was looked for', async () => {
    const q = h.queue()
    const job = await q.enqueue('./later#add', 1, 1)
    await h.drain()
    await expect(job.result).rejects.toMatchObject({ cause: { name: 'InvalidJobError' } })
  })

  test.each(['process', 'thread', 'none'] as const)(
    '[F31] with unknownFunction: requeue waits for a worker that has it, uncounted (isolation %s)',
    async (isolation) => {
      const old = await mkdtemp(join(tmpdir(), 'funq-old-'))
      onTestFinished(() => rm(old, { recursive: true }))
      await writeFile(join(old, 'tasks.js'), 'export function other() {}\n')
      await writeFile(join(old, 'package.json'), '{"type":"module"}')
      const q = h.queue()
      const jobs = [await q.enqueue('./tasks#add', 1, 2), await q.enqueue('./horse/fates#same', 3)]
      const { logger, text } = logbook()
      await h.drain('q', { paths: [old], isolation, logger, unknownFunction: 'requeue' })
      expect(text()).toMatch(
        /cannot run here, and waits 5s for a worker that has its function: InvalidJobError/,
      )
      expect(await q.counts()).toMatchObject({ scheduled: 2, failed: 0, finished: 0 })
      for (const job of jobs) expect(await job.refresh()).toMatchObject({ attempt: 0, status: 'scheduled' })
      for (const job of jobs) {
        await h.redis.zadd(`${h.base('q')}scheduled`, 1, job.id)
        await h.redis.hset(`${h.base('q')}job:${job.id}`, 'due', 1)
      }
      await h.drain()
      expect(await Promise.all(jobs.map((job) => job.result))).toEqual([3, 3])
      expect((await jobs[0]!.refresh()).attempt).toBe(1)
    },
  )

  test('[F31] a job whose module is there but throws is no such job: it fails', async () => {
    const q = h.queue()
    const job = await q.enqueue('./broken/throws#add')
    await h.drain('q', { unknownFunction: 'requeue' })
    await expect(job.result).rejects.toMatchObject({ cause: { name: 'InvalidJobError' } })
  })
})
