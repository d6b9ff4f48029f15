import { expect, test } from 'vitest'
import { enqueueArgs } from '../../lib/redis/scripts.ts'
import { child, describeStore, describeStores, job } from '../kit/stores.ts'

const OK = { ok: true }

describeStores('enqueue', (t) => {
  test('stores a job with what it was given, and queues it', async () => {
    const given = job('a', {
      args: '["x"]',
      options: { timeoutMs: 5_000, description: 'adds' },
      meta: '{"user":7}',
    })
    expect(await t.enqueue(given)).toEqual([OK])
    expect(await t.record('a')).toMatchObject({
      id: 'a',
      queue: 'q',
      func: './tasks#add',
      args: '["x"]',
      options: { timeoutMs: 5_000, description: 'adds' },
      meta: '{"user":7}',
      status: 'queued',
      attempt: 0,
      priority: 0,
    })
    const { createdAt, enqueuedAt } = (await t.record('a'))!
    expect(enqueuedAt).toBe(createdAt)
    expect(Math.abs(createdAt - Date.now())).toBeLessThan(5_000)
  })

  test('makes the queue known', async () => {
    await t.store.enqueue('mail', [job('a')])
    await t.store.enqueue('default', [job('b')])
    expect(await t.store.queues()).toEqual(['default', 'mail'])
    expect(await t.store.find('a')).toBe('mail')
    expect(await t.store.find('nobody')).toBeUndefined()
  })

  test('keeps the order of one call and of calls after it', async () => {
    await t.enqueue(job('a'), job('b'), job('c'))
    await t.enqueue(job('d'))
    expect(await t.queued()).toEqual(['a', 'b', 'c', 'd'])
    expect(await t.store.position('q', 'c')).toBe(2)
    expect(await t.store.position('q', 'nobody')).toBeNull()
  })

  test('puts lower priorities first, and those of one priority in the order they came', async () => {
    await t.enqueue(job('low', { priority: 511 }), job('mid1'), job('high', { priority: -511 }), job('mid2'))
    await t.enqueue(job('high2', { priority: -511 }), job('above', { priority: -1 }))
    expect(await t.queued()).toEqual(['high', 'high2', 'above', 'mid1', 'mid2', 'low'])
  })

  test('puts a job at the front of its priority, the last one that asked for it first', async () => {
    await t.enqueue(job('urgent', { priority: -1 }), job('a'), job('b'))
    await t.enqueue(job('front1', { atFront: true }))
    await t.enqueue(job('front2', { atFront: true }))
    expect(await t.queued()).toEqual(['urgent', 'front2', 'front1', 'a', 'b'])
  })

  test('puts a job at the front also of those that came before it in the same call', async () => {
    await t.enqueue(job('a'), job('front1', { atFront: true }), job('b'), job('front2', { atFront: true }))
    expect(await t.queued()).toEqual(['front2', 'front1', 'a', 'b'])
  })

  test('keeps a job for its time', async () => {
    await t.enqueue(job('later', { inMs: 60_000 }), job('sooner', { inMs: 30_000 }))
    expect(await t.status('later')).toBe('scheduled')
    expect(await t.store.list('q', 'scheduled')).toEqual(['sooner', 'later'])
    const { scheduledFor, createdAt, enqueuedAt } = (await t.record('later'))!
    expect(scheduledFor).toBe(createdAt + 60_000)
    expect(enqueuedAt).toBeUndefined()
  })

  test('queues a job at once whose time has come already', async () => {
    await t.enqueue(job('a', { dueMs: Date.now() - 1_000 }))
    expect(await t.queued()).toEqual(['a'])
    expect((await t.record('a'))!.scheduledFor).toBeUndefined()
  })

  test('refuses an id that is taken and stores the others of the call', async () => {
    const own = job('a', { args: '[1]', ownId: true })
    await t.enqueue(own)
    const refused = { ok: false, code: 'duplicate' }
    expect(await t.enqueue(job('b'), own, job('c'))).toEqual([OK, refused, OK])
    expect(await t.queued()).toEqual(['a', 'b', 'c'])
  })

  test('knows jobs of one id in two queues apart', async () => {
    await t.store.enqueue('q', [job('a', { args: '[1]' })])
    await t.store.enqueue('other', [job('a', { args: '[2]' })])
    expect((await t.record('a', 'q'))!.args).toBe('[1]')
    expect((await t.record('a', 'other'))!.args).toBe('[2]')
  })

  test('hands jobs to a holder at once, due or not', async () => {
    const answers = await t.store.enqueue('q', [job('a'), job('b', { inMs: 60_000, priority: 3 })], 'w')
    const [a, b] = answers.map((answer) => (answer.ok && answer.token) || '')
    expect(a).toBeTruthy()
    expect(b).toBeTruthy()
    expect(await t.queued()).toEqual([])
    expect((await t.store.heartbeat('q', 'w')).sort()).toEqual(['a', 'b'])
    expect(await t.record('a')).toMatchObject({ status: 'started', worker: 'w', attempt: 1 })
    const claim = { id: 'a', queue: 'q', token: a, attempt: 1 } as never
    expect(await t.end(claim)).toBe(true)
    expect(await t.status('a')).toBe('finished')
  })

  test('a holder that dies before its first heartbeat loses its jobs to others', async () => {
    await t.store.enqueue('q', [job('a')], 'w')
    await t.elapse(60_000)
    expect(await t.tend()).toMatchObject({ recovered: 1 })
    expect(await t.queued()).toEqual(['a'])
  })

  test('a holder does not get a job that waits for others', async () => {
    await t.enqueue(job('p'))
    expect(await t.store.enqueue('q', [child('c', ['p'])], 'w')).toEqual([OK])
    expect(await t.status('c')).toBe('deferred')
  })

  test('takes an empty call for what it is', async () => {
    expect(await t.store.enqueue('q', [])).toEqual([])
    expect(await t.store.enqueue('q', [], 'w')).toEqual([])
  })

  test('counts the jobs of each state', async () => {
    await t.enqueue(job('a'), job('b'), job('c', { inMs: 60_000 }), child('d', ['b']))
    await t.claim()
    expect(await t.store.counts('q')).toEqual({
      queued: 1,
      scheduled: 1,
      limited: 0,
      deferred: 1,
      started: 1,
      finished: 0,
      failed: 0,
      stopped: 0,
      canceled: 0,
    })
    expect(await t.store.list('q', 'started')).toEqual(['a'])
  })

  test('lists a state page by page', async () => {
    await t.enqueue(...Array.from({ length: 7 }, (_, i) => job(`j${i}`)))
    expect(await t.store.list('q', 'queued', { offset: 2, limit: 3 })).toEqual(['j2', 'j3', 'j4'])
    expect(await t.store.list('q', 'queued', { offset: 6 })).toEqual(['j6'])
    expect(await t.store.list('q', 'queued', { limit: 0 })).toEqual([])
  })
})

describeStore('enqueue sent again after a lost reply', 'redis', (t) => {
  const send = (again: boolean, holder?: { worker: string; leaseMs: number }) => {
    const jobs = [job('plain', { options: { timeoutMs: 9 } }), job('a', { ownId: true }), child('c', ['a'])]
    const args = enqueueArgs('q', jobs, holder, 1_000, again)
    return (t.store as ReturnType<typeof t.another>).connection.run<[unknown[][], string[]]>(
      'enqueue',
      t.key(''),
      args,
    )
  }

  test('changes nothing and is accepted', async () => {
    await t.enqueue(job('first'))
    await send(false)
    const before = await t.redis.zrange(t.key('queued'), '0', '-1', 'WITHSCORES')
    expect(await send(true)).toEqual([0, 0, 0])
    expect(await t.redis.zrange(t.key('queued'), '0', '-1', 'WITHSCORES')).toEqual(before)
    expect(await t.store.dependents('q', 'a')).toEqual(['c@q'])
  })

  test('is refused where the job of that id is another one', async () => {
    await t.enqueue(job('a', { args: '["another"]' }))
    const [refusals] = await send(true)
    expect(refusals).toEqual([[1, 'duplicate', '']])
  })

  test('answers a holder with the tokens of the first call', async () => {
    await t.enqueue(job('first'))
    const [, tokens] = await send(false, { worker: 'w', leaseMs: 30_000 })
    expect(tokens.filter((_, i) => i % 2 === 0)).toEqual(['plain', 'a'])
    expect((await send(true, { worker: 'w', leaseMs: 30_000 }))[1]).toEqual(tokens)
  })

  test('a job whose parents are many is stored with all of them', async () => {
    const parents = Array.from({ length: 1_500 }, (_, i) => `p${i}`)
    await t.enqueue(...parents.map((id) => job(id)))
    expect(await t.enqueue(child('c', parents))).toEqual([{ ok: true }])
    expect((await t.store.parents('q', 'c')).size).toBe(1_500)
  })
})

describeStore('enqueue rings the bell', 'redis', (t) => {
  test('once, however many jobs there are', async () => {
    await t.enqueue(job('a'), job('b'))
    await t.enqueue(job('c'))
    expect(await t.redis.llen(t.key('bell'))).toBe(1)
  })

  test('when a scheduled job is the next one due, but not for a later one', async () => {
    await t.enqueue(job('a', { inMs: 60_000 }))
    expect(await t.redis.lpop(t.key('bell'))).toBe('1')
    await t.enqueue(job('b', { inMs: 90_000 }))
    expect(await t.redis.llen(t.key('bell'))).toBe(0)
    await t.enqueue(job('c', { inMs: 30_000 }))
    expect(await t.redis.llen(t.key('bell'))).toBe(1)
  })
})

describeStores('jobs that are made while the first are on their way', (t) => {
  function* make(count: number, broken?: Error) {
    for (let i = 0; i < count; i++) yield job(`made-${i}`)
    if (broken) throw broken
  }

  test('are stored in the order they are made in', async () => {
    await t.enqueue(job('first'))
    expect(await t.store.enqueueEach('q', make(1_100))).toEqual(Array.from({ length: 1_100 }, () => OK))
    expect(await t.queued()).toEqual(['first', ...Array.from({ length: 1_100 }, (_, i) => `made-${i}`)])
  })

  test('tell of the error that ends their making, and keep nobody from being enqueued after them', async () => {
    await t.enqueue(job('first'))
    await expect(t.store.enqueueEach('q', make(700, new Error('no more')))).rejects.toThrow('no more')
    expect(await t.enqueue(job('last'))).toEqual([OK])
    const queued = await t.queued()
    expect([queued[0], queued.at(-1)]).toEqual(['first', 'last'])
  })
})
