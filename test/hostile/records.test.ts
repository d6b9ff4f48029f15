import { inspect } from 'node:util'
import { describe, expect, test } from 'vitest'
import { FIELDS, readStatus } from '../../lib/core/record.ts'
import { STATES } from '../../lib/core/states.ts'
import { call, InvalidJobError } from '../../lib/index.ts'
import { harness, logbook } from '../kit/harness.ts'
import { walk } from '../kit/walker.ts'

const h = harness()

const GARBAGE = [
  ...[
    '',
    'x',
    '-1',
    '1e300',
    '0.5',
    'NaN',
    'inf',
    '{',
    'null',
    '[]',
    '{"a":1}',
    '5',
    '\x00\n\t\x1b[31m',
    '\ud800',
  ],
  'y'.repeat(2_000_000),
]

const OPTIONS = [
  ...['{"retry":5}', '{"retry":{}}', '{"retry":{"max":3}}', '{"retry":{"max":"x","intervalsMs":"y"}}'],
  ...[
    '{"retry":null}',
    '{"repeat":5}',
    '{"repeat":{"times":2}}',
    '{"repeat":{"times":2,"intervalsMs":["x"]}}',
  ],
  ...[
    '{"timeoutMs":"x"}',
    '{"timeoutMs":{}}',
    '{"timeoutMs":-1}',
    '{"timeoutMs":1e300}',
    '{"timeoutMs":0.5}',
  ],
  ...['{"resultTtlMs":"x"}', '{"resultTtlMs":0.5}', '{"resultTtlMs":1e300}', '{"resultTtlMs":-7}'],
  ...['{"failureTtlMs":"x"}', '{"failureTtlMs":[]}', '{"description":{}}', '{"description":7}'],
  ...['{"futures":5}', '{"futures":{"0":5}}', '{"futures":{"__proto__":"a@q"}}', '{"futures":{"x":"a@q"}}'],
  ...['{"futures":{"99999999999":"a@q"}}', '{"resultLimit":"x"}', '{"resultLimit":-1}', '{"onSuccess":5}'],
  ...['{"onSuccess":{"func":5}}', '{"onFailure":{"func":"./tasks#add","timeoutMs":"x"}}', '{"webhooks":5}'],
  ...['{"webhooks":[5]}', '{"webhooks":[{"on":"finished","url":"no url","method":"GET"}]}', '{"group":5}'],
  ...['{"group":"}:{"}', '{"__proto__":{"timeoutMs":1}}', '{"constructor":{"prototype":{"x":1}}}'],
  ...['{"unheardOf":1}', '5', 'null', '"x"', '[1]'],
]

const base = () => h.base('q')

const CASES: readonly (readonly [field: string, value: string])[] = [
  ...Object.keys(FIELDS).flatMap((field) => GARBAGE.map((value) => [field, value] as const)),
  ...OPTIONS.map((value) => ['opts', value] as const),
]

/** A job with one damaged field for each case, one that works and one that fails; and a sound one after each. */
async function enqueueAll() {
  const q = h.queue()
  const damaged = new Map<string, string>()
  const sound: string[] = []
  const plan = CASES.flatMap(([field, value]) => [
    ...(value.length > 1_000 ? ['add'] : ['add', 'fail']).map((func) => ({ func, field, value })),
    { func: 'add', field: undefined, value },
  ])
  const jobs = await q.enqueueMany(plan.map(({ func }) => call(`./tasks#${func}`, 1, 2)))
  for (const [i, { func, field, value }] of plan.entries()) {
    const { id } = jobs[i]!
    if (field === undefined) {
      sound.push(id)
      continue
    }
    damaged.set(id, `${field} = ${value.slice(0, 40)} of ${func}`)
    await h.redis
      .pipeline()
      .hset(`${base()}watched`, id, '!')
      .hset(`${base()}job:${id}`, 'fx', 1, field, value)
      .exec()
  }
  return { q, damaged, sound }
}

/** What the walker says of keys and jobs that nobody has damaged. */
async function collateral(damaged: ReadonlyMap<string, string>): Promise<string[]> {
  const broken = await walk(h.redis, h.prefix)
  return broken.filter((line) => ![...damaged.keys()].some((id) => line.includes(id)))
}

async function wipe(): Promise<void> {
  const keys = await h.redis.keys(`${h.prefix}:*`)
  if (keys.length > 0) await h.redis.unlink(...keys)
}

describe('damaged records', () => {
  test('do not keep a worker from the sound jobs beside them, and reach an end', async () => {
    const { q, damaged, sound } = await enqueueAll()
    const { lines, logger } = logbook()
    await h.worker('q', { concurrency: 20, burst: true, logger }).run()
    const statusOf = async (id: string) => readStatus(await h.redis.hget(`${base()}job:${id}`, 'st'))
    for (const id of sound) expect(await statusOf(id)).toBe('finished')
    for (const [id, what] of damaged)
      expect([what, await statusOf(id)]).toEqual([
        what,
        expect.stringMatching(/^(finished|failed|canceled)$/),
      ])
    expect(lines.filter((line) => /Trying again|refused/.test(line))).toEqual([])
    expect(await collateral(damaged)).toEqual([])

    for (const state of STATES) {
      for (const job of await q.jobs(state, { limit: 10_000 })) inspect(job)
    }
    const kinds = { read: 0, refused: 0 }
    for (const id of damaged.keys()) {
      const job = await q.fetchJob(id).catch((error) => {
        expect(error).toBeInstanceOf(InvalidJobError)
        kinds.refused++
      })
      if (!job) continue
      kinds.read++
      expect(`${inspect(job)} ${job.description} ${job.timeout} ${job.retriesLeft}`).toContain(id)
      await job.runs()
    }
    expect(kinds.read).toBeGreaterThan(500)
    await wipe()
  })

  test('can be requeued, canceled and deleted like others, or say why not', async () => {
    const { q, damaged, sound } = await enqueueAll()
    const ids = [...damaged.keys()]
    const { store, release } = (await import('../../lib/queue/open-store.ts')).openStore({
      connection: (await import('../kit/harness.ts')).REDIS_URL,
      prefix: h.prefix,
    })
    for (const [i, id] of ids.entries()) if (i % 2 === 0) await store.cancel('q', id, 'for a test')
    await store.requeue('q', ids)
    for (const id of ids) {
      await store.tend('q')
      const answer = await store.delete('q', id)
      expect(answer).toEqual(expect.any(String))
    }
    await release()
    await h.drain()
    expect(await q.count('finished')).toBeGreaterThanOrEqual(sound.length)
    expect(await collateral(damaged)).toEqual([])
    await wipe()
  })

  test('with options of another shape fail and say which one', async () => {
    const q = h.queue()
    const job = await q.enqueue('./tasks#add', 1, 2)
    await h.redis.hset(`${base()}job:${job.id}`, 'opts', '{"retry":{"max":"x"}}')
    await h.drain()
    const error = await h.redis.hget(`${base()}job:${job.id}`, 'err')
    expect(JSON.parse(error!)).toMatchObject({
      name: 'InvalidJobError',
      message: `job ${job.id}: the option retry in its record is damaged`,
    })
    await expect(q.fetchJob(job.id)).rejects.toThrow('the option retry in its record is damaged')
  })

  test('of a newer version run, and keep what this one does not know', async () => {
    const q = h.queue()
    const job = await q.enqueue('./tasks#add', 1, 2)
    await h.redis.hset(`${base()}job:${job.id}`, 'opts', '{"color":"blue"}', 'zz', 'new')
    await h.drain()
    expect(await job.result).toBe(3)
    expect(await h.redis.hget(`${base()}job:${job.id}`, 'zz')).toBe('new')
  })
})
