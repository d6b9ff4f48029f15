import { rm } from 'node:fs/promises'
import type { Redis } from 'ioredis'
import { describe, expect, test } from 'vitest'
import { RedisFullError, RedisUnavailableError } from '../../lib/index.ts'
import { harness, logbook } from '../kit/harness.ts'
import { ownServer } from './kit.ts'

const h = harness()
const SHORT = { workerTtl: '1s', jobMonitoringInterval: '300ms', maintenanceInterval: '300ms' }

/** The ids of clients whose last command was this. */
async function clients(admin: Redis, command: string): Promise<string[]> {
  const list = (await admin.client('LIST')) as string
  return list
    .split('\n')
    .filter((line) => line.includes(` cmd=${command} `))
    .map((line) => /^id=(\d+)/.exec(line)![1]!)
}

test('[F8] a server that loads its data is waited for', async () => {
  const { server, admin, connection } = await ownServer(
    ...['--appendonly', 'yes', '--appendfsync', 'always', '--key-load-delay', '2000'],
    ...['--loading-process-events-interval-bytes', '1024'],
  )
  const q = h.queue('q', { connection })
  await admin.eval("for i = 1, 300 do redis.call('SET', 'other:' .. i, string.rep('x', 100)) end", 0)
  await q.enqueue('./tasks#add', 1, 1)
  await server.kill()
  const restarted = server.restart()
  await q.enqueue('./tasks#add', 2, 2)
  await restarted
  expect(await q.count()).toBe(2)
})

test('[F13] writes that a replica refuses go through once it is the master', async () => {
  const { admin, connection } = await ownServer()
  const q = h.queue('q', { connection })
  const { logger } = logbook()
  const worker = h.worker('q', { connection, logger })
  const running = worker.run()
  expect(await (await q.enqueue('./tasks#add', 1, 1)).result).toBe(2)
  await admin.replicaof('127.0.0.1', 1)
  const enqueued = q.enqueue('./tasks#add', 2, 2)
  await expect.poll(() => admin.info('errorstats'), { timeout: 5_000 }).toContain('errorstat_READONLY')
  await admin.call('REPLICAOF', 'NO', 'ONE')
  expect(await (await enqueued).result).toBe(4)
  await worker.stop()
  await running
})

test('[F13] a worker that a failover unblocks with an error listens again', async () => {
  const { admin, connection } = await ownServer()
  const q = h.queue('q', { connection })
  const worker = h.worker('q', { connection })
  const running = worker.run()
  await expect.poll(() => clients(admin, 'blpop'), { timeout: 5_000 }).toHaveLength(1)
  const [id = ''] = await clients(admin, 'blpop')
  expect(await admin.call('CLIENT', 'UNBLOCK', id, 'ERROR')).toBe(1)
  await expect.poll(() => clients(admin, 'blpop'), { timeout: 5_000 }).toHaveLength(1)
  expect(await (await q.enqueue('./tasks#add', 1, 1)).result).toBe(2)
  await worker.stop()
  await running
})

describe('settings of the server', () => {
  test('[F16] under which jobs are lost are warned of once, as the worker starts', async () => {
    const { connection } = await ownServer('--maxmemory-policy', 'allkeys-lru')
    const { logger, lines } = logbook()
    await h.drain('q', { connection, logger })
    expect(
      lines.filter((line) => line.includes('allkeys-lru: short of memory it deletes jobs')),
    ).toHaveLength(1)
    expect(lines.filter((line) => line.includes('writes nothing to disk'))).toHaveLength(1)
  })

  test('[F16] that are sound are not spoken of', async () => {
    const { connection } = await ownServer('--appendonly', 'yes')
    const { logger, text } = logbook()
    await h.drain('q', { connection, logger })
    expect(text()).not.toMatch(/evict|disk/)
  })

  test('[F16] a record that was evicted is passed over and counted, and its neighbours run', async () => {
    const { admin, connection } = await ownServer('--maxmemory-policy', 'allkeys-lru')
    const q = h.queue('q', { connection })
    const lost = await q.enqueue('./tasks#add', 1, 1)
    const job = await q.enqueue('./tasks#add', 2, 2)
    await admin.del(`${h.base('q')}job:${lost.id}`)
    await h.drain('q', { connection })
    expect(await job.result).toBe(4)
    expect(await admin.hget(`${h.base('q')}stats`, 'lost')).toBe('1')
  })

  test('[F45] that may not be asked for are passed over, and all works', async () => {
    const { admin, connection } = await ownServer('--maxmemory-policy', 'allkeys-lru')
    await admin.call('ACL', 'SETUSER', 'bare', 'on', '>pw', '~*', '&*', '+@all', '-config', '-info')
    const bare = connection.replace('redis://', 'redis://bare:pw@')
    const { logger, text } = logbook()
    const job = await h.queue('q', { connection: bare }).enqueue('./tasks#add', 1, 1)
    await h.drain('q', { connection: bare, logger })
    expect(await job.result).toBe(2)
    expect(text()).not.toMatch(/evict|disk|NOPERM/)
  })
})

describe('[F17] connections', () => {
  test('[F17] are one for a producer and two for a worker, whatever the number of queues', async () => {
    const { admin, connection } = await ownServer()
    const count = async () => ((await admin.client('LIST')) as string).trim().split('\n').length - 1
    const names = ['a', 'b', 'c', 'd']
    const queues = names.map((name) => h.queue(name, { connection }))
    const jobs = await Promise.all(queues.map((q) => q.enqueue('./tasks#add', 1, 1)))
    const results = Promise.all(jobs.map((job) => job.result))
    expect(await count()).toBe(1)
    const worker = h.worker(names, { connection, concurrency: 4 })
    const running = worker.run()
    expect(await results).toEqual([2, 2, 2, 2])
    await expect.poll(() => clients(admin, 'blpop'), { timeout: 5_000 }).toHaveLength(1)
    expect(await count()).toBe(3)
    await worker.stop()
    await running
  })

  test('[F17] that the server has no room for are told of, and had once there is room', async () => {
    const { admin, connection } = await ownServer()
    await admin.config('SET', 'maxclients', '1')
    const q = h.queue('q', { connection, commandTimeout: '500ms' })
    const error = await q.enqueue('./tasks#add', 1, 1).catch((refused) => refused)
    expect(error).toBeInstanceOf(RedisUnavailableError)
    await admin.config('SET', 'maxclients', '100')
    const job = await q.enqueue('./tasks#add', 1, 1)
    await h.drain('q', { connection })
    expect(await job.result).toBe(2)
  })
})

describe('[F36] a Redis that is flushed while a worker works', () => {
  test('[F36] refuses what the running job gives, has the worker back at its next heartbeat, and runs new jobs', async () => {
    const { admin, connection } = await ownServer()
    const q = h.queue('q', { connection })
    const { logger, text } = logbook()
    const worker = h.worker('q', { connection, logger, name: 'w', ...SHORT })
    const running = worker.run()
    const job = await q.enqueue('./tasks#hold', h.gate('x'))
    await h.reached('x')
    await admin.flushall()
    await admin.script('FLUSH')
    await expect.poll(() => admin.exists(`${h.prefix}:worker:w`), { timeout: 5_000 }).toBe(1)
    await expect.poll(text, { timeout: 5_000 }).toContain('does not stand any more')
    await h.open('x')
    await expect(job.refresh()).rejects.toThrow(/no job|not|gone/i)
    expect(await (await q.enqueue('./tasks#add', 1, 1)).result).toBe(2)
    await worker.stop()
    await running
  })
})

describe('[F40] a Redis that cannot write to its disk', () => {
  test('[F40] refuses new jobs, and takes the outcome of a running one once it can', async () => {
    const { server, admin, connection } = await ownServer()
    const q = h.queue('q', { connection })
    const { logger, text } = logbook()
    const worker = h.worker('q', { connection, logger })
    const running = worker.run()
    const job = await q.enqueue('./tasks#hold', h.gate('x'))
    await h.reached('x')
    await admin.config('SET', 'save', '3600 1000000')
    await rm(server.dataDir, { recursive: true })
    await admin.bgsave()
    await expect
      .poll(() => admin.info('persistence'), { timeout: 5_000 })
      .toContain('rdb_last_bgsave_status:err')
    await expect(q.enqueue('./tasks#add', 1, 1)).rejects.toThrow(RedisFullError)
    await h.open('x')
    await expect.poll(text, { timeout: 5_000 }).toMatch(/MISCONF.*Trying again/s)
    await admin.config('SET', 'stop-writes-on-bgsave-error', 'no')
    expect(await job.result).toBe('let go')
    await worker.stop()
    await running
  })
})
