import { readFileSync } from 'node:fs'
import { Redis } from 'ioredis'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { rq } from '../../cli/commands/index.ts'
import { EXIT } from '../../cli/exit-codes.ts'
import { runProgram } from '../../cli/program.ts'
import { type Dashboard, dashboard } from '../../lib/dashboard/index.ts'
import { Cron, call, Group, Queue, RedisAuthError, Worker } from '../../lib/index.ts'
import { SCRIPTS } from '../../lib/redis/scripts.gen.ts'
import { type RedisServer, startRedis } from '../../lib/testing/index.ts'
import { fakeHost } from '../cli/kit.ts'
import { asking } from '../dashboard/kit.ts'
import { FIXTURES, logbook } from '../kit/harness.ts'
import { until } from '../kit/until.ts'

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

/** One that has something to say of itself while a test runs. Answers its name. */
async function aliveWorker(): Promise<string> {
  const worker = new Worker('shown', { ...as('worker'), paths: [FIXTURES], isolation: 'none' })
  const running = worker.run()
  onTestFinished(async () => {
    await worker.stop()
    await running
  })
  await until(
    'a worker that is listed',
    async () => (await admin.zscore('funq:workers', worker.name)) !== null,
  )
  return worker.name
}

test('the page has rules for a producer, a worker and a viewer', () => {
  expect(RULES.map(([user]) => user)).toEqual(['producer', 'worker', 'viewer'])
})

test.each(['producer', 'worker'])('the rules of a %s have every command that scripts call', (user) => {
  const called = [
    ...Object.values(SCRIPTS)
      .join('\n')
      .matchAll(/call\('([A-Z]+)'/g),
  ]
  const commands = [...new Set(called.map(([, command = '']) => `+${command.toLowerCase()}`))]
  const rules = RULES.find(([name]) => name === user)![1]
  expect(commands.length).toBeGreaterThan(30)
  expect(commands.filter((command) => !rules.includes(command))).toEqual([])
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
  const ear = new Redis(server.url)
  onTestFinished(() => ear.disconnect())
  const heard: string[] = []
  ear.on('message', (_channel, message) => heard.push(message))
  await ear.subscribe(`funq:control:${worker.name}`)
  await expect.poll(() => admin.zcard('funq:{up}:idle'), { timeout: 10_000 }).toBe(1)
  expect(await (await up.enqueue('./tasks#add', 2, 2)).result).toBe(4)
  await expect.poll(() => heard, { timeout: 10_000 }).toEqual([expect.stringMatching(/^job up /)])
  await q.pause()
  await q.resume()
  expect(await q.counts()).toMatchObject({ failed: expect.any(Number) })
  for (const state of ['queued', 'started', 'failed', 'finished'] as const) await q.jobs(state)
  await q.purge('finished')
  await worker.stop()
  await running
  expect(lines.filter((line) => /NOPERM|permission|refuses/i.test(line))).toEqual([])
}, 30_000)

describe('a dashboard', () => {
  let id = ''

  /** One that has something to show; what it did not foresee is thrown here. */
  function over(user: string, readOnly: boolean) {
    const errors: unknown[] = []
    const app: Dashboard = dashboard({ ...as(user), readOnly, onError: (error) => errors.push(error) })
    onTestFinished(() => app.close())
    return { errors, ask: asking(app) }
  }

  beforeAll(async () => {
    await using q = new Queue('shown', as('producer'))
    const failing = await q.with({ tags: ['t'] }).enqueue('./tasks#fail')
    await q.with({ dependsOn: failing }).enqueue('./tasks#nothing')
    await using cron = new Cron(as('producer'))
    await cron.register({ name: 'nightly', cron: '0 3 * * *', func: './tasks#nothing', queue: 'shown' })
    await new Worker('shown', { ...as('worker'), paths: [FIXTURES], isolation: 'none', burst: true }).run()
    await q.with({ tags: ['t'] }).enqueue('./tasks#add', 1, 2)
    id = failing.id
  }, 30_000)

  const pages = () => [
    ...['/', '/queues', '/queues/shown', '/jobs', '/jobs?state=failed', `/jobs/${id}?queue=shown`],
    ...[
      '/search?q=add',
      '/search?q=tag:t',
      '/failures',
      '/schedule',
      '/flows',
      `/flows/job/${id}?queue=shown`,
      '/workers',
    ],
    ...[
      '/metrics-ui',
      '/metrics',
      '/system',
      '/audit',
      '/api/v1/overview',
      '/api/v1/jobs',
      '/api/v1/metrics',
    ],
  ]

  test.each([
    ['viewer', true],
    ['producer', false],
  ])('with the rules of a %s shows each page', async (user, readOnly) => {
    const { ask, errors } = over(user, readOnly)
    await aliveWorker()
    for (const path of pages()) expect([path, (await ask(path)).status]).toEqual([path, 200])
    expect(errors).toEqual([])
  })

  test('with the rules of a producer does what it is told', async () => {
    const { ask, errors } = over('producer', false)
    const [cause] = await admin.zrange('funq:{shown}:errors', '0', '-1')
    for (const [path, form] of [
      [`/failures/${cause}/snooze`, { for: '4h' }],
      [`/jobs/${id}/retry`, { queue: 'shown' }],
      ['/queues/shown/pause', { for: '10m' }],
      ['/queues/shown/resume', {}],
      ['/queues/shown/enqueue', { func: './tasks#add', args: '[1,2]' }],
      ['/schedule/nightly/run', {}],
      ['/queues/shown/empty', { typed: 'shown' }],
    ] as const)
      expect([path, (await ask(path, { form })).status]).toEqual([path, 303])
    expect(errors).toEqual([])
    expect((await ask('/audit')).text).toContain('retry')
  })
})

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

  test('with the rules of a producer removes no worker that is alive', async () => {
    const { code, text } = await run('producer', 'worker', 'remove', await aliveWorker())
    expect([code, text]).toEqual([EXIT.refused, expect.stringContaining('is alive')])
  })

  test('with the rules of a viewer shows things, and changes nothing', async () => {
    await aliveWorker()
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
