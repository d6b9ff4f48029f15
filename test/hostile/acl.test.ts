import { readFileSync } from 'node:fs'
import { Redis } from 'ioredis'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { rq } from '../../cli/commands/index.ts'
import { EXIT } from '../../cli/exit-codes.ts'
import { runProgram } from '../../cli/program.ts'
import { Cron, call, Group, Queue, RedisAuthError, Worker } from '../../lib/index.ts'
import { type RedisServer, startRedis } from '../../lib/testing/index.ts'
import { fakeHost } from '../cli/kit.ts'
import { FIXTURES, logbook } from '../kit/harness.ts'

/** The rules as docs/security.md has them, so that they cannot grow apart. */
const DOC = readFileSync(new URL('../../docs/security.md', import.meta.url), 'utf8')
const RULES = [...DOC.matchAll(/```acl\nuser (\w+) (.*)\n```/g)].map(
  ([, user = '', rules = '']) => [user, rules.split(' ')] as const,
)

let server: RedisServer
let admin: Redis

const url = (user: string) => `redis://${user}:PASSWORD@127.0.0.1:${server.port}`
const as = (user: string) => ({ connection: url(user) })

beforeAll(async () => {
  server = await startRedis({ quiet: true })
  admin = new Redis(server.url)
  for (const [user, rules] of RULES) await admin.call('ACL', 'SETUSER', user, ...rules)
}, 30_000)

afterAll(async () => {
  admin.disconnect()
  await server.stop()
})

async function run(user: string, ...words: string[]) {
  const host = fakeHost({ env: { RQ_REDIS_URL: url(user) } })
  const code = await runProgram(rq, words, host)
  return { code, text: host.stdout.text + host.stderr.text }
}

test('the page has rules for a producer, a worker and a viewer', () => {
  expect(RULES.map(([user]) => user)).toEqual(['producer', 'worker', 'viewer'])
})

test('a producer and a worker with these rules, and no other rights, do all that they are there for', async () => {
  const { lines, logger } = logbook()
  const worker = new Worker(['q', 'up'], {
    ...as('worker'),
    logger,
    paths: [FIXTURES],
    isolation: 'none',
    maintenanceInterval: 0.05,
  })
  const running = worker.run()
  await using q = new Queue('q', as('producer'))
  await using up = new Queue('up', as('producer'))
  const one = await q.enqueue('./tasks#add', 1, 2)
  expect(await one.result).toBe(3)
  const parent = await up.with({ retry: 1, onFailure: './tasks#nothing' }).enqueue('./tasks#failUntil', 2)
  const child = await q.enqueue('./tasks#echo', parent)
  expect(await child.result).toBe(2)
  const limited = await q
    .with({ unique: 'k', limit: { key: 'k', concurrency: 1 } })
    .enqueue('./tasks#add', 1, 1)
  expect(await limited.result).toBe(2)
  const repeated = await q.with({ repeat: 2, meta: { a: 1 } }).enqueue('./tasks#about')
  await repeated.result
  expect(await repeated.runs()).toHaveLength(3)
  const failed = await q.with({ onFailure: './tasks#nothing', webhooks: [] }).enqueue('./tasks#fail')
  await expect(failed.result).rejects.toThrow('as told')
  await failed.requeue()
  await expect(failed.wait()).rejects.toThrow('as told')
  const late = await q.enqueueIn('1h', './tasks#nothing')
  const waiting = await q.with({ dependsOn: late }).enqueue('./tasks#nothing')
  await late.cancel()
  await waiting.refresh()
  await late.delete()
  const group = await Group.create({ ...as('producer'), queue: 'q', onComplete: './tasks#nothing' })
  await group.enqueueMany(q, [call('./tasks#add', 1, 2)])
  await group.seal()
  await group.wait()
  await using cron = new Cron(as('producer'))
  await cron.register({ name: 'e', every: '1s', func: './tasks#nothing', queue: 'q' })
  await expect.poll(async () => (await cron.fetch('e')).runs, { timeout: 10_000 }).toBeGreaterThan(0)
  await cron.remove('e')
  await q.pause()
  await q.resume()
  expect(await q.counts()).toMatchObject({ failed: expect.any(Number) })
  for (const state of ['queued', 'started', 'failed', 'finished'] as const) await q.jobs(state)
  await q.purge('finished')
  await worker.stop()
  await running
  expect(lines.filter((line) => /NOPERM|permission|refuses/i.test(line))).toEqual([])
}, 30_000)

describe('rq', () => {
  test('with the rules of a producer changes things', async () => {
    expect(await run('producer', 'enqueue', './tasks#add', ':1', ':2', '--job-id', 'mine')).toMatchObject({
      code: 0,
    })
    for (const words of [
      ...[['jobs'], ['info'], ['queue', 'ls'], ['queue', 'pause', 'default'], ['queue', 'resume', 'default']],
      ...[
        ['job', 'cancel', 'mine'],
        ['requeue', '--all', '--queue', 'default'],
        ['suspend'],
        ['resume'],
        ['cron', 'ls'],
      ],
    ]) {
      const { code, text } = await run('producer', ...words)
      expect([words, code, text]).toEqual([words, EXIT.done, expect.not.stringContaining('NOPERM')])
    }
  })

  test('with the rules of a viewer shows things, and changes nothing', async () => {
    for (const words of [
      ['info'],
      ['jobs'],
      ['queue', 'ls'],
      ['failed', 'ls'],
      ['job', 'show', 'mine'],
      ['doctor'],
    ]) {
      const { code, text } = await run('viewer', ...words)
      expect([words, code, text]).toEqual([
        words,
        words[0] === 'doctor' ? expect.any(Number) : EXIT.done,
        expect.any(String),
      ])
    }
    for (const words of [
      ['enqueue', './tasks#add'],
      ['job', 'cancel', 'mine'],
      ['queue', 'pause', 'default'],
    ]) {
      const { code, text } = await run('viewer', ...words)
      expect([words, code]).toEqual([words, EXIT.redis])
      expect(text).toMatch(/permission/i)
    }
  })
})

test.each([
  ['producer', ['flushall']],
  ['producer', ['keys', '*']],
  ['producer', ['config', 'get', '*']],
  ['producer', ['get', 'other:key']],
  ['producer', ['publish', 'other', 'x']],
  ['producer', ['blpop', 'funq:{q}:bell', '1']],
  ['worker', ['flushall']],
  ['worker', ['set', 'other:key', '1']],
  ['worker', ['eval', 'return redis.call("GET", "other")', '0']],
  ['viewer', ['hset', 'funq:{q}:job:1', 'fn', 'x']],
  ['viewer', ['eval', 'return 1', '0']],
  ['viewer', ['publish', 'funq:control', 'x']],
])('a %s may not %j', async (user, [command, ...args]) => {
  const client = new Redis(url(user), { lazyConnect: true })
  await client.connect()
  await expect(client.call(command!, ...args)).rejects.toThrow(/NOPERM|permission|can't access/)
  client.disconnect()
})

test('a worker with the rules of a viewer ends at once, and says why', async () => {
  const worker = new Worker('q', { ...as('viewer'), isolation: 'none' })
  await expect(worker.run()).rejects.toThrow(RedisAuthError)
})
