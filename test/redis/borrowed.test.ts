import { Cluster, Redis } from 'ioredis'
import { afterEach, describe, expect, onTestFinished, test, vi } from 'vitest'
import { ClosedError, Queue } from '../../lib/index.ts'
import type { ConnectionSpec } from '../../lib/redis/target.ts'
import { startRedis } from '../../lib/testing/index.ts'
import { calls, FaultProxy } from '../kit/fault-proxy.ts'
import { harness, REDIS_URL } from '../kit/harness.ts'

const h = harness()

afterEach(() => vi.unstubAllEnvs())

function client(url: string, options = {}): Redis {
  const redis = new Redis(url, options)
  redis.on('error', () => {})
  onTestFinished(() => redis.disconnect())
  return redis
}

describe('every form of connection', () => {
  const { hostname, port } = new URL(REDIS_URL)
  const forms: [string, ConnectionSpec][] = [
    ['a URL', REDIS_URL],
    ['a URL with a database', `${REDIS_URL}/2`],
    ['host:port', `${hostname}:${port}`],
    ['host:port:db', `${hostname}:${port}:3`],
    ['ioredis options', { host: hostname, port: Number(port), db: 4 }],
    ['ioredis options that ask for RESP2', { host: hostname, port: Number(port), protocol: 2 }],
    ['ioredis options with a key prefix', { host: hostname, port: Number(port), keyPrefix: 'my:' }],
  ]
  test.each(forms)('%s', async (_, connection) => {
    const q = h.queue('q', { connection })
    const job = await q.enqueue('./tasks#add', 1, 2)
    const awaited = job.result
    await h.drain('q', { connection })
    expect(await awaited).toBe(3)
  })

  test('the variable REDIS_URL, where no other is given', async () => {
    vi.stubEnv('REDIS_URL', `${REDIS_URL}/5`)
    const q = new Queue('q', { prefix: h.prefix })
    onTestFinished(() => q.close())
    await q.enqueue('./tasks#add', 1, 2)
    const fifth = client(`${REDIS_URL}/5`)
    expect(await fifth.zcard(`${h.base('q')}queued`)).toBe(1)
  })

  test('a unix socket', async () => {
    const server = await startRedis({ quiet: true })
    onTestFinished(() => server.stop())
    const q = h.queue('q', { connection: `unix://${server.socketPath}` })
    await q.enqueue('./tasks#add', 1, 2)
    expect(await q.count()).toBe(1)
  })

  test.each(['redis://:se/cret@host:99999', 'redis://user:se:cret@ho st', 'user:secret@host'])(
    '%s is none, and its password is not shown',
    (connection) => {
      expect(() => new Queue('q', { connection })).toThrow(/expected a URL/)
      expect(() => new Queue('q', { connection })).not.toThrow(/cret/)
    },
  )
})

describe.each([2, 3] as const)('a borrowed client that speaks RESP%d', (protocol) => {
  test('serves queues and workers, and is left as it was', async () => {
    const borrowed = client(REDIS_URL, { protocol })
    await borrowed.ping()
    const listeners = () => borrowed.eventNames().map((name) => [name, borrowed.listenerCount(name)])
    const before = listeners()
    const q = new Queue('q', { connection: borrowed, prefix: h.prefix })
    const job = await q.enqueue('./tasks#add', 1, 2)
    const awaited = job.result
    await h.drain('q', { connection: borrowed })
    expect(await awaited).toBe(3)
    await q.close()
    expect(borrowed.status).toBe('ready')
    expect(await borrowed.ping()).toBe('PONG')
    expect(listeners()).toEqual(before)
  })

  test('may lose a reply: the job is there once, and the enqueue resolves', async () => {
    const proxy = await FaultProxy.start(REDIS_URL)
    const q = h.queue('q', { connection: client(proxy.url, { protocol }) })
    for (const options of [{}, { id: 'mine' }]) {
      const lost = proxy.dropReply(calls('enqueue'))
      await q.with(options).enqueue('./tasks#add', 1, 2)
      await lost
    }
    expect(await q.count()).toBe(2)
  })

  test('may lose its connection while a result is awaited', async () => {
    const proxy = await FaultProxy.start(REDIS_URL)
    const q = h.queue('q', { connection: client(proxy.url, { protocol }) })
    const job = await q.enqueue('./tasks#add', 1, 2)
    const lost = proxy.dropReply(calls('wait'))
    const awaited = job.result
    await lost
    await h.drain()
    expect(await awaited).toBe(3)
  })
})

test('a borrowed client that never sends again by itself is asked again all the same', async () => {
  const proxy = await FaultProxy.start(REDIS_URL)
  const options = { maxRetriesPerRequest: null, autoResendUnfulfilledCommands: false }
  const q = h.queue('q', { connection: client(proxy.url, options) })
  const lost = proxy.dropReply(calls('enqueue'))
  await q.enqueue('./tasks#add', 1, 2)
  await lost
  expect(await q.count()).toBe(1)
})

test('a borrowed client that has not connected yet is connected by the first use', async () => {
  const lazy = client(REDIS_URL, { lazyConnect: true })
  const q = h.queue('q', { connection: lazy })
  expect(lazy.status).toBe('wait')
  expect(await q.count()).toBe(0)
})

test('a borrowed client that its owner has closed stays closed', async () => {
  const borrowed = client(REDIS_URL)
  const q = h.queue('q', { connection: borrowed })
  await q.enqueue('./tasks#add', 1, 2)
  await borrowed.quit()
  await expect(q.enqueue('./tasks#add', 1, 2)).rejects.toThrow(ClosedError)
  await expect(q.enqueue('./tasks#add', 1, 2)).rejects.toThrow(/ioredis client .* is closed/)
  expect(borrowed.status).toBe('end')
})

describe('a borrowed Cluster', () => {
  /** A cluster of one, which the client knows by the proxy in front of it. */
  async function cluster() {
    const server = await startRedis({ quiet: true, args: ['--cluster-enabled', 'yes'] })
    onTestFinished(() => server.stop())
    const proxy = await FaultProxy.start(server.url)
    const admin = client(server.url)
    await admin.config('SET', 'cluster-announce-ip', '127.0.0.1')
    await admin.config('SET', 'cluster-announce-port', proxy.port)
    await admin.call('CLUSTER', 'ADDSLOTSRANGE', '0', '16383')
    // A new one takes two seconds to trust itself.
    await expect.poll(() => admin.call('CLUSTER', 'INFO'), { timeout: 10_000 }).toContain('cluster_state:ok')
    const borrowed = new Cluster([{ host: '127.0.0.1', port: proxy.port }])
    borrowed.on('error', () => {})
    onTestFinished(() => borrowed.disconnect())
    return { proxy, borrowed }
  }

  test('[F37] serves queues in any slot, loses no reply, and is left open', async () => {
    const { proxy, borrowed } = await cluster()
    const names = ['a', 'b', 'c']
    const queues = names.map((name) => h.queue(name, { connection: borrowed }))
    const lost = proxy.dropReply(calls('enqueue'))
    await queues[0]!.enqueue('./tasks#add', 1, 2)
    await lost
    expect(await queues[0]!.count()).toBe(1)
    const worker = h.worker(names, { connection: borrowed })
    const running = worker.run()
    for (let round = 0; round < 3; round++) {
      const jobs = await Promise.all(queues.map((q, n) => q.enqueue('./tasks#add', n, round)))
      expect(await Promise.all(jobs.map((job) => job.result))).toEqual([round, round + 1, round + 2])
    }
    await worker.stop()
    await running
    for (const q of queues) await q.close()
    expect(borrowed.status).toBe('ready')
  })
})
