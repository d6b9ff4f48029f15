import { once } from 'node:events'
import { createServer as createHttpServer } from 'node:http'
import { createServer } from 'node:net'
import { inspect } from 'node:util'
import { Redis } from 'ioredis'
import { describe, expect, onTestFinished, test } from 'vitest'
import {
  ClosedError,
  InvalidArgumentError,
  Queue,
  RedisAuthError,
  RedisFullError,
  RedisUnavailableError,
  UnsupportedServerError,
} from '../../lib/index.ts'
import { startRedis } from '../../lib/testing/index.ts'
import { FaultProxy } from '../kit/fault-proxy.ts'
import { harness, REDIS_URL } from '../kit/harness.ts'

const h = harness()

/** A server of the test's own, for what would disturb others. */
async function ownServer(...args: string[]) {
  const server = await startRedis({ quiet: true, args })
  onTestFinished(() => server.stop())
  return server
}

async function errorOf(promise: Promise<unknown>): Promise<Error> {
  return promise.then(
    () => expect.fail('expected a rejection'),
    (error) => error,
  )
}

function withUser(url: string, user: string): string {
  return url.replace('redis://', `redis://${user}@`)
}

describe('a Redis that cannot be reached', () => {
  test('[F9] is told of once the time is up, by its address and with what to do', async () => {
    const proxy = await FaultProxy.start(REDIS_URL)
    await proxy.refuse()
    const q = h.queue('q', { connection: withUser(proxy.url, ':s3cret'), commandTimeout: '300ms' })
    const error = await errorOf(q.enqueue('./tasks#add', 1, 2))
    expect(error).toBeInstanceOf(RedisUnavailableError)
    expect(error.message).toMatch(
      new RegExp(`127.0.0.1:${proxy.port} cannot be reached within 0.3 s: connect ECONNREFUSED.*REDIS_URL`),
    )
    expect(inspect(error, { depth: 9 })).not.toContain('s3cret')
  })

  test('and answers nothing is told of as well', async () => {
    const proxy = await FaultProxy.start(REDIS_URL)
    proxy.blackhole()
    const q = h.queue('q', { connection: proxy.url, commandTimeout: '300ms' })
    const error = await errorOf(q.enqueue('./tasks#add', 1, 2))
    expect(error).toBeInstanceOf(RedisUnavailableError)
    expect(error.message).toContain('within 0.3 s')
  })

  test('and comes back within the time is waited for', async () => {
    const proxy = await FaultProxy.start(REDIS_URL)
    await proxy.refuse()
    const q = h.queue('q', { connection: proxy.url })
    const enqueued = q.enqueue('./tasks#add', 1, 2)
    await proxy.heal()
    await enqueued
    expect(await q.count()).toBe(1)
  })

  test('after a failure is tried anew by the next call', async () => {
    const proxy = await FaultProxy.start(REDIS_URL)
    await proxy.refuse()
    const q = h.queue('q', { connection: proxy.url, commandTimeout: '200ms' })
    await errorOf(q.count())
    await proxy.heal()
    expect(await q.count()).toBe(0)
  })

  test('[F12] because its socket is half open is given up in time to ask again on a new one', async () => {
    const proxy = await FaultProxy.start(REDIS_URL)
    const q = h.queue('q', { connection: proxy.url, commandTimeout: '1s' })
    expect(await q.count()).toBe(0)
    expect(proxy.swallow(() => true)).toBe(1)
    await q.enqueue('./tasks#add', 1, 2)
    expect(await q.count()).toBe(1)
  })
})

describe('a Redis that refuses', () => {
  test('[F44] a wrong password is told of at once, to queues and workers, and never shows it', async () => {
    const server = await ownServer('--requirepass', 'right')
    const connection = withUser(server.url, ':wr0ng')
    const error = await errorOf(h.queue('q', { connection }).enqueue('./tasks#add', 1, 2))
    expect(error).toBeInstanceOf(RedisAuthError)
    expect(error.message).toContain('disabled. Check the user and password')
    expect(inspect(error, { depth: 9 })).not.toContain('wr0ng')
    await expect(h.worker('q', { connection }).run()).rejects.toThrow(RedisAuthError)
  })

  test('a missing password is told of at once', async () => {
    const server = await ownServer('--requirepass', 'right')
    await expect(h.queue('q', { connection: server.url }).count()).rejects.toThrow(RedisAuthError)
    const job = await h
      .queue('q', { connection: withUser(server.url, ':right') })
      .enqueue('./tasks#add', 1, 2)
    expect(job.status).toBe('queued')
  })

  test('commands to a user says which, and shows nothing of what was sent', async () => {
    const server = await ownServer()
    const admin = new Redis(server.url)
    onTestFinished(() => admin.disconnect())
    const users: [string, string[], RegExp][] = [
      ['none', ['-@all', '+@connection'], /NOPERM/],
      ['noscript', ['+@all', '-eval', '-evalsha'], /eval/],
      ['nohash', ['+@all', '-hset'], /hset|script/],
      ['nokeys', ['resetkeys', '~other:*', '+@all'], /key|script/],
    ]
    for (const [name, rules, said] of users) {
      await admin.call('ACL', 'SETUSER', name, 'on', '>pw', '~*', '&*', ...rules)
      const q = h.queue('q', { connection: withUser(server.url, `${name}:pw`) })
      const error = await errorOf(q.enqueue('./tasks#echo', 'private'))
      expect(error, name).toBeInstanceOf(RedisAuthError)
      expect(error.message).toMatch(said)
      expect(error.message).toContain("may run funq's commands")
      expect(inspect(error, { depth: 9 })).not.toContain('private')
    }
  })

  test('a database that it does not have, instead of taking another', async () => {
    const q = h.queue('q', { connection: `${REDIS_URL}/9999` })
    const error = await errorOf(q.enqueue('./tasks#add', 1, 2))
    expect(error).toBeInstanceOf(InvalidArgumentError)
    expect(error.message).toMatch(/9999 said: .*DB index is out of range/)
  })

  test('[F15] writes when its memory is full, while workers go on and make room', async () => {
    const server = await ownServer()
    const admin = new Redis(server.url)
    onTestFinished(() => admin.disconnect())
    const q = h.queue('q', { connection: server.url })
    const jobs = []
    for (let n = 0; n < 20; n++) jobs.push(await q.enqueue('./tasks#add', n, 1))
    const last = await q.with({ dependsOn: jobs[0]! }).enqueue('./tasks#add', 0, 0)
    await admin.config('SET', 'maxmemory', '1')
    const error = await errorOf(q.enqueue('./tasks#add', 1, 2))
    expect(error).toBeInstanceOf(RedisFullError)
    expect(error.message).toContain('Nothing was written')
    await h.drain('q', { connection: server.url })
    expect(await Promise.all(jobs.map((job) => job.result))).toEqual(jobs.map((_, n) => n + 1))
    expect(await last.result).toBe(0)
    await admin.config('SET', 'maxmemory', '0')
    await q.enqueue('./tasks#add', 1, 2)
  })

  test('because something else took a key is told of, and the prefix named as the cure', async () => {
    const server = await ownServer()
    const admin = new Redis(server.url)
    onTestFinished(() => admin.disconnect())
    await admin.set('funq:{q}:queued', 'mine')
    const error = await errorOf(
      h.queue('q', { connection: server.url, prefix: 'funq' }).enqueue('./tasks#add', 1, 2),
    )
    expect(error).toBeInstanceOf(InvalidArgumentError)
    expect(error.message).toMatch(/WRONGTYPE.*another prefix/)
  })
})

test('a server that is too old is told of before anything is written, to queues and workers', async () => {
  const old = await oldServer()
  const error = await errorOf(h.queue('q', { connection: old.url }).enqueue('./tasks#add', 1, 2))
  expect(error).toBeInstanceOf(UnsupportedServerError)
  expect(error.message).toMatch(/is redis 6\.2\.0; expected redis 7\.0 or valkey 7\.2, or newer/)
  await expect(h.worker('q', { connection: old.url }).run()).rejects.toThrow(UnsupportedServerError)
  expect(new Set(old.commands)).toEqual(new Set(['hello', 'client', 'info']))
})

test('a server that is no Redis at all is told of as such', async () => {
  const web = createHttpServer((_, response) => response.end('hello')).listen(0, '127.0.0.1')
  await once(web, 'listening')
  onTestFinished(() => void web.close())
  const { port } = web.address() as { port: number }
  const error = await errorOf(h.queue('q', { connection: `127.0.0.1:${port}` }).count())
  expect(error).toBeInstanceOf(UnsupportedServerError)
  expect(error.message).toContain(`127.0.0.1:${port} does not answer as Redis does`)
})

test('a closed queue refuses at once, and closing twice is harmless', async () => {
  const q = new Queue('q', { connection: REDIS_URL, prefix: h.prefix })
  const job = await q.enqueue('./tasks#add', 1, 2)
  const awaited = errorOf(job.result)
  await q.close()
  await q.close()
  expect(await awaited).toBeInstanceOf(ClosedError)
  await expect(q.enqueue('./tasks#add', 1, 2)).rejects.toThrow(ClosedError)
  await expect(job.refresh()).rejects.toThrow(ClosedError)
})

/** Speaks just enough of Redis to say that it is 6.2, and remembers what it was asked. */
async function oldServer() {
  const commands: string[] = []
  const server = createServer((socket) => {
    socket.on('error', () => {})
    socket.on('data', (bytes) => {
      for (const [, name = ''] of bytes.toString().matchAll(/\*\d+\r\n\$\d+\r\n(\w+)\r\n/g)) {
        const command = name.toLowerCase()
        commands.push(command)
        if (command === 'hello') socket.write('%1\r\n+proto\r\n:3\r\n')
        else if (command === 'info') socket.write('$21\r\nredis_version:6.2.0\r\n\r\n')
        else socket.write('-ERR unknown\r\n')
      }
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => void server.close())
  return { commands, url: `redis://127.0.0.1:${(server.address() as { port: number }).port}` }
}
