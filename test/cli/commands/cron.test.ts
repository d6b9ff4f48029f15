import { describe, expect, test } from 'vitest'
import { rq } from '../../../cli/commands/index.ts'
import { runProgram } from '../../../cli/program.ts'
import { Cron, type CronOptions } from '../../../lib/index.ts'
import { FIXTURES, harness, REDIS_URL } from '../../kit/harness.ts'
import { fakeHost } from '../kit.ts'

const h = harness()

/** Runs `rq cron WORDS...` against this test's own prefix. */
async function rqCron(...words: string[]) {
  const host = fakeHost({ env: { REDIS_URL } })
  const code = await runProgram(rq, ['cron', ...words, '--prefix', h.prefix], host)
  const out = host.stdout.text
  return { code, out, err: host.stderr.text, json: () => JSON.parse(out) }
}

async function register(...entries: CronOptions<any>[]): Promise<void> {
  await using cron = new Cron({ connection: REDIS_URL, prefix: h.prefix })
  await cron.sync(entries)
}

const nightly = {
  name: 'nightly',
  cron: '0 3 * * *',
  timezone: 'Europe/Berlin',
  func: './tasks#add',
  args: [1, 2],
}

test('ls shows every entry in a line', async () => {
  expect(await rqCron('ls')).toMatchObject({ code: 0, out: 'no cron entries\n', err: '' })
  await register(nightly, { name: 'often', every: '90s', func: './tasks#add', queue: 'low', startAt: 4e12 })
  const { out, err } = await rqCron('ls')
  const [head, ...rows] = out.trimEnd().split('\n')
  expect(head).toMatch(/^name +schedule +queue +function +next +last +runs$/)
  expect(rows[0]).toMatch(/^nightly +0 3 \* \* \* Europe\/Berlin +default +\.\/tasks#add +\d{4}-\S+Z +- +0$/)
  expect(rows[1]).toMatch(/^often +every 90s +low +\.\/tasks#add +2096-10-02T07:06:40Z +- +0$/)
  expect(err).toBe('')
})

test('ls --json is one document, and says what is overdue', async () => {
  await register(nightly)
  await h.redis.zadd(`${h.prefix}:{:cron}:due`, 1_000, 'nightly')
  const { json } = await rqCron('ls', '--json')
  expect(json()).toMatchObject({
    schema: 'rq.cron.ls/1',
    data: [{ name: 'nightly', nextAt: '1970-01-01T00:00:01.000Z', args: [1, 2], paused: false }],
    warnings: ['nightly: overdue; is any worker running?'],
  })
  expect((await rqCron('ls')).err).toBe('warning: nightly: overdue; is any worker running?\n')
})

describe('next', () => {
  test('gives the times of an entry', async () => {
    await register(nightly)
    const { out, code } = await rqCron('next', 'nightly', '-n', '2')
    expect(code).toBe(0)
    expect(out).toMatch(/^(\d{4}-\d\d-\d\dT0[12]:00:00Z\n){2}$/)
  })

  test('gives those of a pattern', async () => {
    const { json } = await rqCron('next', '0 0 1 1 *', '--timezone', 'Asia/Tokyo', '--json')
    const { data } = json() as { data: string[] }
    expect(data).toHaveLength(5)
    for (const time of data) expect(time).toMatch(/-12-31T15:00:00\.000Z$/)
  })

  test('says what is wrong with a pattern', async () => {
    expect(await rqCron('next', '61 * * * *')).toMatchObject({ code: 2, out: '' })
    expect((await rqCron('next', '61 * * * *')).err).toContain('Invalid value for minute: 61')
  })
})

test('run enqueues the job, and tells its id', async () => {
  await register({ ...nightly, queue: 'q' })
  const { out } = await rqCron('run', 'nightly')
  const [id] = await h.queue().jobIds()
  expect(out).toBe(`Enqueued ./tasks#add with job-id '${id}'.\n`)
})

test('pause, resume and rm do what they say', async () => {
  await register(nightly)
  expect((await rqCron('pause', 'nightly')).out).toBe('Paused nightly\n')
  expect((await rqCron('ls')).out).toMatch(/ paused +-/)
  expect((await rqCron('resume', 'nightly', '--json')).json()).toEqual({
    schema: 'rq.cron.resume/1',
    data: [{ name: 'nightly' }],
    warnings: [],
  })
  expect((await rqCron('rm', 'nightly')).out).toBe('Removed nightly\n')
  expect((await rqCron('ls')).out).toBe('no cron entries\n')
})

test.each(['next', 'run', 'pause', 'resume', 'rm'])(
  '%s of an entry that is not there says so',
  async (name) => {
    const { code, out, err } = await rqCron(name, 'nihgtly')
    expect({ code, out }).toEqual({ code: 4, out: '' })
    expect(err).toContain("there is no cron entry 'nihgtly'")
  },
)

describe('load', () => {
  test('registers a list, and shows when its entries fire next; `rq cron FILE` is the same', async () => {
    const { out, code } = await rqCron(`${FIXTURES}cron/list.ts`)
    expect(code).toBe(0)
    expect(out).toMatch(/^nightly +0 3 \* \* \* Europe\/Berlin +\S+Z, \S+Z, \S+Z$/m)
    expect(out).toMatch(/^often +every 90s +\S+Z, \S+Z,\s+\S+Z$/m)
  })

  test('calls a function with a Cron, and prunes the others if told to', async () => {
    await register({ ...nightly, name: 'old' })
    const { json } = await rqCron('load', `${FIXTURES}cron/function.ts`, '--prune', '--json')
    expect(json()).toMatchObject({
      schema: 'rq.cron.load/1',
      data: { created: ['nightly'], changed: [], kept: [], removed: ['old'], entries: [{ name: 'nightly' }] },
    })
    const again = await rqCron('load', `${FIXTURES}cron/function.ts`, '--json')
    expect(again.json()).toMatchObject({ data: { created: [], kept: ['nightly'], removed: [] } })
  })

  test.each([
    ['cron/none.ts', 'there is no file'],
    ['cron/number.ts', 'got number'],
    ['cron/nothing.ts', 'got none'],
    ['broken/throws.ts', 'loading'],
  ])('refuses %s, and says why', async (file, message) => {
    const { code, err } = await rqCron('load', `${FIXTURES}${file}`)
    expect(code).toBe(2)
    expect(err).toContain(message)
  })
})
