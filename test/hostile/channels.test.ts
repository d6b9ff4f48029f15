import { afterEach, beforeEach, expect, test } from 'vitest'
import { watchEvents } from '../../lib/index.ts'
import { harness, logbook, REDIS_URL } from '../kit/harness.ts'

const h = harness()

const MESSAGES = [
  ...[
    '',
    ' ',
    '\n',
    '\n\n',
    'x',
    'stop',
    'stop ',
    'stop @',
    'stop x',
    'stop x@q',
    'pause',
    'pause x',
    'resume',
    'suspend',
  ],
  ...[
    '{',
    '[]',
    '[1]',
    '[1,[["a"]]]',
    '[1,[[5,"queued"]]]',
    '[1,[null]]',
    '[null,null]',
    'null',
    '{"a":1}',
    '[1,{}]',
  ],
  ...[
    'id@q\nfinished',
    'id@q\nbogus\n3',
    '@\nfinished\n',
    'id@q\nfinished\nnot a payload',
    'constructor',
    '__proto__',
  ],
  ...['\x1b[2J', '\x00', '\ufffd', 'x'.repeat(1_000_000)],
]

let trouble: unknown[] = []
const note = (error: unknown) => void trouble.push(error)
beforeEach(() => {
  trouble = []
  process.on('uncaughtException', note).on('unhandledRejection', note)
})
afterEach(() => {
  process.off('uncaughtException', note).off('unhandledRejection', note)
  expect(trouble).toEqual([])
})

/** Every channel that somebody listens to under this prefix. */
async function channels(): Promise<string[]> {
  return (await h.redis.pubsub('CHANNELS', `*${h.prefix}:*`)) as string[]
}

test('no message on any channel keeps a worker from its work, or tells a client of an outcome that is none', async () => {
  const q = h.queue()
  const { logger } = logbook()
  const worker = h.worker('q', { logger })
  const running = worker.run()
  const first = await q.enqueue('./tasks#add', 1, 2)
  expect(await first.result).toBe(3)
  const heard: string[] = []
  const over = new AbortController()
  const watching = watchEvents('q', ({ status }) => heard.push(status), {
    connection: REDIS_URL,
    prefix: h.prefix,
    signal: over.signal,
  })
  const held = await q.enqueue('./tasks#hold', h.gate('a'))
  const result = held.result
  await h.reached('a')
  await expect.poll(channels).toHaveLength(5)
  for (const channel of await channels()) {
    for (const message of MESSAGES) await h.redis.publish(channel, message)
    await h.redis.publish(channel, `${held.id}@q\nbogus\n3`)
    await h.redis.publish(channel, `${held.id}@q`)
  }
  await h.open('a')
  expect(await result).toBe('let go')
  expect(await (await q.enqueue('./tasks#add', 3, 4)).result).toBe(7)
  await expect.poll(() => heard).toContain('finished')
  expect(heard.every((status) => typeof status === 'string')).toBe(true)
  over.abort()
  await watching
  await worker.stop()
  await running
})

const ENTRIES = [
  '',
  'x',
  ':',
  'deps:',
  'fx:',
  'reg:',
  'deps:x',
  'fx:x',
  'reg:x',
  '@',
  'x@',
  '@q',
  'x@q',
  'x@}:{',
  'a\nb',
  '__proto__',
  '\x1b[31m',
  'y'.repeat(100_000),
]

test('hostile entries beside the records neither stop nor crash upkeep, and are not in the way of others', async () => {
  const q = h.queue()
  const base = h.base('q')
  const parent = await q.enqueue('./tasks#add', 1, 2)
  const child = await q.with({ dependsOn: parent }).enqueue('./tasks#add', 3, 4)
  for (const [i, entry] of ENTRIES.entries()) {
    await h.redis.rpush(`${base}bell`, entry)
    await h.redis.zadd(`${base}outbox`, i, entry)
    await h.redis.hset(`${base}watched`, entry, ENTRIES[(i + 7) % ENTRIES.length]!)
    await h.redis.hset(`${base}started:ghost`, entry, ENTRIES[(i + 5) % ENTRIES.length]!)
    await h.redis.zadd(`${base}dependents:${parent.id}`, i, entry)
    await h.redis.hset(`${base}parents:${child.id}`, entry, `d${entry}`)
    await h.redis.rpush(`${base}runs:${parent.id}`, entry)
    for (const state of [
      'queued',
      'scheduled',
      'deferred',
      'limited',
      'finished',
      'failed',
      'stopped',
      'canceled',
    ]) {
      await h.redis.zadd(`${base}${state}`, i, `${state}${entry}`)
    }
    await h.redis.zadd(`${h.prefix}:groups`, i, entry)
    await h.redis.hset(`${h.prefix}:{:cron}:entries`, `e${i}`, entry)
    await h.redis.zadd(`${h.prefix}:{:cron}:due`, i, `e${i}`)
    await h.redis.zadd(`${h.prefix}:{:cron}:pending`, i, entry)
  }
  await h.redis.zadd(`${base}workers`, 1, 'ghost')
  await h.redis.hset(`${base}flags`, 'paused', 'x', 'suspended', '', 'tail', 'y')
  await h.redis.hset(`${base}watched`, parent.id, `+,${ENTRIES.join(',')}`)
  const { lines, logger } = logbook()
  const worker = h.worker('q', { logger, maintenanceInterval: 0.05 })
  const running = worker.run()
  expect(await parent.result).toBe(3)
  expect(await child.result).toBe(7)
  await expect.poll(() => h.redis.zcard(`${base}outbox`)).toBe(0)
  await worker.stop()
  await running
  expect(lines.filter((line) => line.includes('Trying again'))).toEqual([])
  expect((await parent.runs()).some(({ outcome }) => outcome === 'finished')).toBe(true)
  // What is left is no store that the walker could read.
  await h.redis.unlink(...(await h.redis.keys(`${h.prefix}:*`)))
}, 20_000)
