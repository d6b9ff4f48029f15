import { describe, expect, onTestFinished, test } from 'vitest'
import { fingerprintOf } from '../../lib/core/fingerprint.ts'
import { displayName } from '../../lib/core/function-name.ts'
import type { FindOptions, JobFilter } from '../../lib/queue/find/filter.ts'
import { findJobs } from '../../lib/queue/find/find.ts'
import { parseQuery } from '../../lib/queue/find/query.ts'
import { search } from '../../lib/queue/find/search.ts'
import { Connection } from '../../lib/redis/connection.ts'
import { glanceAt } from '../../lib/redis/glance.ts'
import { RedisStore } from '../../lib/redis/store.ts'
import { toTarget } from '../../lib/redis/target.ts'
import { FaultProxy } from '../kit/fault-proxy.ts'
import { roundTrips } from '../kit/round-trips.ts'
import { describeStore, ERROR, job, REDIS_URL } from '../kit/stores.ts'

describeStore('finding jobs', 'redis', (t) => {
  const store = () => t.store as RedisStore
  const ids = async (filter: JobFilter, options: FindOptions = {}) =>
    (await findJobs(store(), filter, options)).rows.map(({ id }) => id)

  /** Every page of a filter. */
  async function all(filter: JobFilter, options: FindOptions): Promise<string[]> {
    const found: string[] = []
    let cursor: string | undefined
    do {
      const page = await findJobs(store(), filter, { ...options, ...(cursor && { cursor }) })
      found.push(...page.rows.map(({ id, queue }) => `${id}@${queue}`))
      cursor = page.next ?? undefined
    } while (cursor)
    return found
  }

  test('lists a state over all queues, page by page, each job once', async () => {
    for (const queue of ['a', 'b', 'c']) {
      await t.store.enqueue(
        queue,
        Array.from({ length: 10 }, (_, i) => job(`${queue}${i}`, { dueMs: 10_000_000_000_000 + i })),
      )
    }
    const wanted = Array.from({ length: 10 }, (_, i) =>
      ['a', 'b', 'c'].map((queue) => `${queue}${i}@${queue}`),
    ).flat()
    for (const limit of [1, 3, 7, 50]) {
      expect(await all({ state: 'scheduled' }, { limit })).toEqual(wanted)
      expect((await all({ state: 'scheduled' }, { limit, order: 'newest' })).map((ref) => ref[1])).toEqual(
        wanted.map((ref) => ref[1]).reverse(),
      )
    }
    expect(new Set(await all({}, { limit: 4 }))).toEqual(new Set(wanted))
  })

  test.each([
    './src/tasks#countWords',
    './tasks.mjs#charge',
    './a/mail/index.ts#send.default',
    './index#send',
    'index#default',
    'some-package/tasks#send',
    './models#User.prototype.activate',
  ])('finds %s by the name that it is shown by', async (func) => {
    await t.enqueue(job('a', { func }), job('b', { func: './other#thing' }))
    expect(await ids({ fn: displayName(func) })).toEqual(['a'])
    expect(await ids({ fn: `${displayName(func)}x` })).toEqual([])
  })

  test('says how many an index has, however often it looks into it', async () => {
    for (const queue of ['a', 'b', 'c', 'd', 'e', 'f']) {
      const many = queue === 'a' ? 60 : 1
      const options = { tags: ['big'] }
      await t.store.enqueue(
        queue,
        Array.from({ length: many }, (_, i) => job(`${queue}${i}`, { options })),
      )
    }
    expect(await findJobs(store(), { tag: 'big' }, { limit: 50 })).toMatchObject({ total: 65 })
    expect(await findJobs(store(), { tag: 'big' }, { limit: 100 })).toMatchObject({ total: 65, next: null })
  })

  test('lists queued jobs as they will run, or the other way about, queue by queue', async () => {
    for (const queue of ['a', 'b'])
      await t.store.enqueue(queue, [job('1'), job('2'), job('3', { priority: -1 })])
    expect(await all({ state: 'queued' }, { limit: 2 })).toEqual(['3@a', '1@a', '2@a', '3@b', '1@b', '2@b'])
    expect(await all({ state: 'queued' }, { limit: 4, order: 'newest' })).toEqual([
      '2@a',
      '1@a',
      '3@a',
      '2@b',
      '1@b',
      '3@b',
    ])
  })

  test('goes through all states, what runs first, and says how many there are', async () => {
    await t.enqueue(job('run'), job('done'), job('bad'), job('wait'))
    await t.claimOne()
    await t.run()
    await t.run({ kind: 'failed' })
    const page = await findJobs(store(), {})
    expect(page.rows.map(({ id, state }) => `${id} ${state}`)).toEqual([
      'run started',
      'wait queued',
      'bad failed',
      'done finished',
    ])
    expect(page).toMatchObject({ total: 4, scanned: 4, next: null, isCut: false })
  })

  test('by function, worker, time, text and state at once', async () => {
    await t.enqueue(
      job('a', { func: './mail#send', args: '["needle"]' }),
      job('b', { func: './mail#send' }),
      job('c', { options: { description: 'the needle' } }),
    )
    await t.run({}, 'q')
    await t.run({ kind: 'failed', payload: '{"name":"Error","message":"no needle"}' })
    expect(await ids({ fn: 'mail' })).toEqual(['b', 'a'])
    expect(await ids({ fn: 'mail.send' })).toEqual(['b', 'a'])
    expect(await ids({ text: 'mail.send' })).toEqual(['b', 'a'])
    expect(await ids({ text: 'needle' })).toEqual(['c', 'b', 'a'])
    expect(await ids({ text: 'needle', state: 'finished' })).toEqual(['a'])
    expect(await ids({ worker: 'w' })).toEqual(['b', 'a'])
    expect(await ids({ worker: 'x' })).toEqual([])
    expect(await ids({ error: 'no needle' })).toEqual(['b'])
    const { now } = await findJobs(store(), {})
    expect(await ids({ from: now - 60_000 })).toEqual(['c', 'b', 'a'])
    expect(await ids({ to: now - 60_000 })).toEqual([])
    expect(await ids({ queue: 'nowhere' })).toEqual([])
  })

  test('by tag and by error without looking at anything else', async () => {
    await t.enqueue(
      ...Array.from({ length: 30 }, (_, i) =>
        job(`j${i}`, { options: { tags: i % 10 === 0 ? ['ten'] : ['other'] } }),
      ),
    )
    await t.store.enqueue('up', [job('x', { options: { tags: ['ten'] } })])
    await t.run({ kind: 'failed' })
    const page = await findJobs(store(), { tag: 'ten' })
    expect(page.rows.map(({ id }) => id).sort()).toEqual(['j0', 'j10', 'j20', 'x'])
    expect(page).toMatchObject({ total: 4, scanned: 4 })
    expect(await ids({ tag: 'ten', state: 'failed' })).toEqual(['j0'])
    const print = fingerprintOf(ERROR)
    expect(await ids({ error: print })).toEqual(['j0'])
    expect(await ids({ error: print, tag: 'other' })).toEqual([])
  })

  test('a row is short, however long the job, and reads as the call does', async () => {
    const long = 'ä'.repeat(500_000)
    await t.enqueue(
      job('long', { args: JSON.stringify([long]) }),
      job('short', { func: './tasks#add', args: '[1,"two"]', options: { tags: ['x'] } }),
      job('rich', { args: `S{"json":["${long}"],"meta":{}}` }),
      job('told', { options: { description: 'd'.repeat(5_000), tags: ['kept'] } }),
    )
    const { rows } = await findJobs(store(), {})
    expect(JSON.stringify(rows).length).toBeLessThan(4_000)
    const [first, second, third, fourth] = rows
    expect(first!.preview).toMatch(/^tasks\.add\("ä{100,}…$/)
    expect(first!.argsBytes).toBe(1_000_004)
    expect(second).toMatchObject({
      preview: "tasks.add(1, 'two')",
      tags: ['x'],
      state: 'queued',
      attempt: 0,
      worker: null,
      ranMs: null,
    })
    expect(third!.preview).toMatch(/^tasks\.add\("ä{100,}…$/)
    expect(fourth!.preview).toMatch(/^d{199}…$/)
    expect(fourth!.tags).toEqual(['kept'])
  })

  test('the error of a row is its name and message, also where it was cut', async () => {
    const message = `a "quoted" \\ text\n${'\u2028é'.repeat(900)}`
    await t.enqueue(job('a'), job('b'))
    await t.run({ kind: 'failed', payload: JSON.stringify({ name: 'TypeError', message, stack: 'x' }) })
    await t.store.cancel('q', 'b', 'no more')
    const { rows } = await findJobs(store(), {})
    expect(rows.find(({ id }) => id === 'a')!.error).toMatch(/^TypeError: a "quoted" \\ text\n(\u2028é)+.*…$/)
    expect(rows.find(({ id }) => id === 'b')!.error).toBe('no more')
  })

  test('jobs that go while a list is read are passed over, and none is missed', async () => {
    await t.enqueue(...Array.from({ length: 10 }, (_, i) => job(`j${i}`)))
    const first = await findJobs(store(), { state: 'queued' }, { limit: 4 })
    for (const id of ['j0', 'j3', 'j5']) await t.store.delete('q', id)
    const second = await findJobs(store(), { state: 'queued' }, { cursor: first.next! })
    expect(second.rows.map(({ id }) => id)).toEqual(['j4', 'j6', 'j7', 'j8', 'j9'])
  })

  test('looks at 5,000 jobs a call, says so, and goes on from there', async () => {
    for (let i = 0; i < 12; i++)
      await t.enqueue(...Array.from({ length: 1_000 }, (_, n) => job(`j${i}-${n}`)))
    await t.enqueue(job('needle', { args: '["needle"]' }))
    let calls = 0
    let cursor: string | undefined
    let rows: readonly { id: string }[] = []
    do {
      const page = await findJobs(store(), { text: 'needle' }, { ...(cursor && { cursor }) })
      if (calls === 0) expect(page).toMatchObject({ scanned: 5_000, total: 12_001, isCut: true, rows: [] })
      cursor = page.next ?? undefined
      rows = page.rows
      calls++
    } while (cursor)
    expect([calls, rows.map(({ id }) => id)]).toEqual([3, ['needle']])
  })

  test('a search for an id finds it at once, in each queue that has it', async () => {
    await t.store.enqueue('a', [job('one'), job('both')])
    await t.store.enqueue('b', [job('both')])
    expect((await search(store(), 'one')).rows.map(({ queue }) => queue)).toEqual(['a'])
    expect((await search(store(), ' both ')).rows.map(({ queue }) => queue)).toEqual(['a', 'b'])
    expect(await search(store(), 'neither')).toMatchObject({
      rows: [],
      total: 3,
      filter: { text: 'neither' },
    })
  })

  test('takes four round trips at most', async () => {
    for (const queue of ['a', 'b', 'c', 'd', 'e', 'f'])
      await t.store.enqueue(
        queue,
        Array.from({ length: 300 }, (_, i) =>
          job(`${queue}${i}`, { dueMs: 10_000_000_000_000 + i, options: { tags: ['x'] } }),
        ),
      )
    for (const query of [
      '',
      'one',
      'tag:x',
      'state:scheduled',
      'state:scheduled fn:nothing',
      'two words',
      'error:abcdef01',
    ]) {
      const { trips } = await roundTrips(store(), () => search(store(), query))
      expect([query, trips <= 4]).toEqual([query, true])
    }
  })

  test('reads no more than some megabytes of text a call, says so, and goes on from there', async () => {
    const args = JSON.stringify(['x'.repeat(100_000)])
    for (let i = 0; i < 20; i++)
      await t.enqueue(...Array.from({ length: 10 }, (_, n) => job(`${i}-${n}`, { args })))
    await t.enqueue(job('last', { args: '["needle"]' }))
    const scanned: number[] = []
    let cursor: string | undefined
    const found: string[] = []
    do {
      const page = await findJobs(store(), { text: 'needle' }, { ...(cursor && { cursor }) })
      scanned.push(page.scanned)
      found.push(...page.rows.map(({ id }) => id))
      cursor = page.next ?? undefined
      expect(page.isCut).toBe(cursor !== undefined)
    } while (cursor)
    expect(found).toEqual(['last'])
    expect(scanned.length).toBeGreaterThan(1)
    expect(scanned[0]).toBeLessThan(201)
    expect(scanned.at(-1)).toBe(201)
  })

  test('what is not answered in a second and a half is told as not looked at, and is found from there', async () => {
    await t.enqueue(job('a', { args: '["needle"]' }))
    const proxy = await FaultProxy.start(REDIS_URL)
    const slow = new RedisStore(new Connection(toTarget(proxy.url)), store().prefix)
    onTestFinished(() => slow.close())
    const filter = { text: 'needle' }
    const seen = { queues: ['q'], glances: await glanceAt(slow, ['q']) }
    proxy.delay(2_000)
    const page = await findJobs(slow, filter, {}, seen)
    expect(page).toMatchObject({ rows: [], isCut: true, scanned: 0, total: 1, next: expect.any(String) })
    proxy.delay(0)
    // A machine with much else to do may take that long once more; each call goes on from where the last one stopped.
    let rest = page
    while (rest.next) rest = await findJobs(slow, filter, { cursor: rest.next }, seen)
    expect(rest).toMatchObject({ rows: [{ id: 'a' }], next: null, isCut: false })
  })

  test.each([
    ['state:fialed', "Did you mean 'failed'?"],
    ['quue:mail', "Did you mean 'queue'?"],
    ['after:soon', 'expected after: with a time ago or a date'],
    ['fn:a fn:b', "expected 'fn:' once"],
    ['tag:', "expected something behind 'tag:'"],
    ['queue:a{b', 'queue name: expected'],
    ['x'.repeat(1_001), 'expected at most 1000 characters'],
  ])('%s is refused', async (query, message) => {
    await expect(search(store(), query)).rejects.toThrow(message)
  })

  test.each([
    'nonsense',
    Buffer.from('[1,2,3]').toString('base64url'),
    Buffer.from('[-1,"0","q","a",0]').toString('base64url'),
  ])('the cursor %s is refused', async (cursor) => {
    await expect(findJobs(store(), {}, { cursor })).rejects.toThrow(
      "expected the 'next' of an earlier answer",
    )
  })
})

describe('a query', () => {
  const NOW = Date.parse('2026-01-31T12:00:00Z')

  test.each([
    ['', {}],
    ['one two', { text: 'one two' }],
    ['fn:send queue:mail', { fn: 'send', queue: 'mail' }],
    ['tag:user:42 state:failed', { tag: 'user:42', state: 'failed' }],
    ['tag:"two words" "fn:send" x', { tag: 'two words', text: 'fn:send x' }],
    ['user:42', { text: 'user:42' }],
    ['https://a.b/c?d', { text: 'https://a.b/c?d' }],
    ['after:-1h', { from: NOW - 3_600_000 }],
    ['before:90m', { to: NOW - 5_400_000 }],
    [
      'after:2026-01-30 before:2026-01-31T06:00',
      { from: Date.parse('2026-01-30'), to: Date.parse('2026-01-31T06:00Z') },
    ],
    ['a"b c', { text: 'a"b c' }],
  ])('%s', (query, filter) => {
    expect(parseQuery(query, NOW)).toEqual(filter)
  })
})
