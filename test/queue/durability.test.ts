import { Redis } from 'ioredis'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { call, InvalidArgumentError, NotDurableError, Queue } from '../../lib/index.ts'
import { type RedisServer, startRedis } from '../../lib/testing/index.ts'

let master: RedisServer
let replica: RedisServer
let client: Redis

beforeAll(async () => {
  ;[master, replica] = await Promise.all([startRedis({ quiet: true }), startRedis({ quiet: true })])
  client = new Redis(replica.url)
  await client.replicaof('127.0.0.1', master.port)
  const isLinked = async () => expect(await client.info('replication')).toContain('master_link_status:up')
  await vi.waitFor(isLinked, { timeout: 20_000 })
}, 60_000)

afterAll(async () => {
  client.disconnect()
  await Promise.all([replica.stop(), master.stop()])
})

const queue = (replicas: number, timeout = 0.2) =>
  new Queue('q', { connection: master.url, durability: { replicas, timeout } })

test('an enqueue resolves when a replica has the job', async () => {
  await using q = queue(1, 4)
  const job = await q.enqueue('./tasks#add', 1, 2)
  expect(await client.hget(`funq:{q}:job:${job.id}`, 'fn')).toMatch(/ \.\/tasks#add$/)
  const jobs = await q.enqueueMany([call('./tasks#add', 1, 2), call('./tasks#add', 3, 4)])
  for (const { id } of jobs) expect(await client.exists(`funq:{q}:job:${id}`)).toBe(1)
})

test('with too few replicas it rejects, and says that the job is stored', async () => {
  await using q = queue(2)
  const error = await q
    .with({ id: 'mine' })
    .enqueue('./tasks#add', 1, 2)
    .catch((reason) => reason)
  expect(error).toBeInstanceOf(NotDurableError)
  expect(error).toMatchObject({ code: 'NOT_DURABLE', jobIds: ['mine'], acknowledged: 1 })
  expect(error.message).toMatch(/job mine is stored and will run/)
  expect((await q.fetchJob('mine'))?.status).toBe('queued')
})

test.each([
  [{ replicas: 0 }],
  [{ replicas: 1.5 }],
  [{}],
  [5],
  [{ replicas: 1, timeout: 0 }],
  [{ replicas: 1, timeout: 6 }],
  [{ replicas: 1, timout: 1 }],
])('durability cannot be %j', (durability) => {
  expect(() => new Queue('q', { connection: master.url, durability: durability as never })).toThrow(
    InvalidArgumentError,
  )
})

test('a synchronous queue has no use for it', () => {
  expect(() => new Queue('q', { async: false, durability: { replicas: 1 } })).toThrow(/synchronous/)
})
