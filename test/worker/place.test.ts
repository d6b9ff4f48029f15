import { Redis } from 'ioredis'
import { afterEach, describe, expect, test } from 'vitest'
import { Cron, configure, Group, type Isolation, Queue } from '../../lib/index.ts'
import { runsFor } from '../../lib/queue/configure.ts'
import { packPlace, unpackPlace } from '../../lib/redis/portable-spec.ts'
import type { enqueueInner } from '../fixtures/place-tasks.ts'
import { harness } from '../kit/harness.ts'

const h = harness()

describe.each<Isolation>(['process', 'thread'])('with isolation %s', (isolation) => {
  test('what a job enqueues, groups, looks up and registers is where its worker is', async () => {
    const job = await h.queue().enqueue('./place-tasks#enqueueInner')
    await h.drain('q', { isolation })
    const inner = (await job.result) as Awaited<ReturnType<typeof enqueueInner>>
    expect(inner).toMatchObject({ prefix: h.prefix, found: true })
    expect(await h.queue('inner').jobIds()).toEqual([inner.id])
    const here = { connection: h.url, prefix: h.prefix }
    expect(await (await Group.fetch(inner.group, here)).progress()).toMatchObject({ total: 1 })
    await using cron = new Cron(here)
    expect((await cron.all()).map(({ name }) => name)).toEqual(['hourly'])
  })

  test('what the module of a job configures is stronger', async () => {
    const job = await h.queue().enqueue('./place-tasks#defaultPrefix')
    await h.drain('q', { isolation, imports: ['./bootstrap/prefix.ts'] })
    expect(await job.result).toBe('of-imports')
  })
})

test('a worker that an application has in its own process says nothing to it', async () => {
  const job = await h.queue().enqueue('./place-tasks#defaultPrefix')
  await h.drain()
  expect(await job.result).toBe('funq')
})

describe('where a worker is', () => {
  const restorers: (() => void)[] = []
  afterEach(() => {
    for (const restore of restorers.splice(0).reverse()) restore()
  })

  test('is weaker than options and configure(), and its prefix stands for its own server only', () => {
    restorers.push(runsFor({ connection: h.url, prefix: 'shop' }))
    expect(new Queue('q').prefix).toBe('shop')
    expect(new Queue('q', { prefix: 'own' }).prefix).toBe('own')
    expect(new Queue('q', { connection: 'redis://127.0.0.1:1' }).prefix).toBe('funq')
    restorers.push(configure({ prefix: 'configured' }))
    expect(new Queue('q').prefix).toBe('configured')
  })

  test('is sent with certificates and what else a connection has, without the functions that say how to reconnect', () => {
    const tls = { ca: Buffer.from('a certificate') }
    const sentinels = [{ host: 'a', port: 26379 }]
    const connection = { sentinels, name: 'mymaster', tls, retryStrategy: () => null }
    expect(unpackPlace(packPlace({ connection, prefix: 'shop' })!)).toEqual({
      connection: { sentinels, name: 'mymaster', tls },
      prefix: 'shop',
    })
    const client = new Redis('redis://user:secret@127.0.0.1:1/3', { lazyConnect: true })
    expect(unpackPlace(packPlace({ connection: client })!).connection).toMatchObject({
      host: '127.0.0.1',
      port: 1,
      db: 3,
      username: 'user',
      password: 'secret',
    })
    client.disconnect()
    expect(packPlace({ connection: { tls: { checkServerIdentity: () => undefined } } })).toBeUndefined()
  })
})
