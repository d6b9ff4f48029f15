import { expect, test } from 'vitest'
import { child, describeStore, describeStores, ending, job } from '../kit/stores.ts'

describeStores('recover', (t) => {
  test('[F5] takes back what a worker holds once its lease is over', async () => {
    await t.enqueue(job('a'), job('b'))
    await t.claim(2)
    await t.elapse(29_000)
    expect(await t.tend()).toMatchObject({ recovered: 0 })
    await t.elapse(2_000)
    expect(await t.tend()).toMatchObject({ recovered: 2, abandoned: 0 })
    expect(await t.queued()).toEqual(['a', 'b'])
    expect(await t.record('a')).toMatchObject({
      status: 'queued',
      recoveries: 1,
      attempt: 0,
      worker: undefined,
    })
  })

  test('leaves those alone whose heartbeat came in time', async () => {
    await t.enqueue(job('a'))
    await t.claim()
    await t.elapse(20_000)
    expect(await t.store.heartbeat('q', 'w')).toEqual(['a'])
    await t.elapse(20_000)
    expect(await t.tend()).toMatchObject({ recovered: 0 })
    expect(await t.status('a')).toBe('started')
  })

  test('puts jobs back where they stood', async () => {
    await t.enqueue(job('a'), job('b'))
    await t.claim(1)
    await t.enqueue(job('c'), job('urgent', { priority: -1 }))
    await t.die()
    expect(await t.queued()).toEqual(['urgent', 'a', 'b', 'c'])
  })

  test('keeps the run that was cut off', async () => {
    await t.enqueue(job('a'))
    await t.claim()
    await t.die()
    expect(await t.store.runs('q', 'a')).toMatchObject([{ attempt: 1, worker: 'w', outcome: 'abandoned' }])
  })

  test('does not count the attempt, but those that failed before', async () => {
    await t.enqueue(job('a'))
    await t.run({ kind: 'retry', ttl: 0 })
    await t.claim()
    await t.die()
    expect(await t.claimOne()).toMatchObject({ attempt: 2, recoveries: 1 })
  })

  test.each([
    ['is for its first run', true, 'started'],
    ['goes on where it had not begun', false, 'canceled'],
  ])('the time that a job may wait in its queue %s', async (_, begin, status) => {
    await t.enqueue(job('a', { ttlMs: 10_000 }))
    await t.claim(1, { begin })
    await t.elapse(31_000)
    expect(await t.tend()).toMatchObject({ recovered: 1 })
    await t.claim()
    expect(await t.status('a')).toBe(status)
  })

  test('does not blame a job that had not begun, yet has it run alone', async () => {
    await t.enqueue(job('a'))
    await t.claim(1, { begin: false })
    await t.die()
    expect(await t.store.runs('q', 'a')).toEqual([])
    expect(await t.claimOne()).toMatchObject({ recoveries: 0, alone: true })
  })

  test('[F4] fails a job whose workers died three times with it', async () => {
    await t.enqueue(job('a'), child('b', ['a']))
    for (const round of [1, 2]) {
      await t.claim()
      expect(await t.die()).toMatchObject({ recovered: 1, abandoned: 0 })
      expect((await t.record('a'))!.recoveries).toBe(round)
    }
    const waiting = t.store.waitFor('q', 'a')
    await t.claim()
    expect(await t.die()).toMatchObject({ recovered: 0, abandoned: 1 })
    const record = (await t.record('a'))!
    expect(record).toMatchObject({ status: 'failed', recoveries: 3 })
    expect(JSON.parse(record.error!)).toMatchObject({ name: 'AbandonedJobError', code: 'ABANDONED_JOB' })
    expect(await waiting).toEqual({ status: 'failed', payload: record.error })
    expect((await t.store.parents('q', 'b')).get('a@q')).toEqual({ state: 'failed' })
  })

  test('[F25] refuses what the old worker still says', async () => {
    await t.enqueue(job('a'))
    const claimed = await t.claimOne()
    await t.die()
    expect(await t.end(claimed)).toBe(false)
    expect(
      (await t.step({ beginnings: [{ id: 'a', token: claimed.token, beganAgo: 0, attempt: 1 }] })).stale,
    ).toEqual(['a'])
    expect(await t.store.update('q', 'w', 'a', claimed.token, 'log', 'a line')).toBe(false)
    expect(await t.queued()).toEqual(['a'])
  })

  test('recovers thousands, in their order [F5]', async () => {
    const ids = Array.from({ length: 3_000 }, (_, i) => `j${i}`)
    await t.enqueue(...ids.map((id) => job(id)))
    await t.claim(3_000)
    expect(await t.die()).toMatchObject({ recovered: 3_000 })
    expect(await t.queued()).toEqual(ids)
  })

  test('recovers from many workers at once', async () => {
    const workers = Array.from({ length: 12 }, (_, i) => `w${i}`)
    await t.enqueue(...workers.map((worker) => job(`job-of-${worker}`)))
    for (const worker of workers) await t.claim(1, { worker })
    await t.elapse(60_000)
    let recovered = 0
    for (let tick = 0; tick < 3; tick++) recovered += (await t.tend()).recovered
    expect(recovered).toBe(12)
  })

  test('a worker that leaves with nothing in hand is forgotten', async () => {
    await t.enqueue(job('a'))
    await t.run()
    await t.store.leave('q', 'w')
    expect(await t.tend()).toMatchObject({ recovered: 0 })
    expect(await t.store.heartbeat('q', 'w')).toEqual([])
  })

  test('a worker that was taken for dead may go on with new claims', async () => {
    await t.enqueue(job('a'))
    await t.claim()
    await t.die()
    const again = await t.claimOne()
    expect((await t.step({ endings: [ending(again)] })).stale).toEqual([])
  })
})

describeStore('recover in a store that something else wrote to', 'redis', (t) => {
  test.each(['gone', 'of the wrong type'])(
    'drops a job whose record is %s, and takes back the others',
    async (damage) => {
      await t.enqueue(job('a'), job('b'))
      await t.claim(2)
      await t.redis.del(t.key('job:a'))
      if (damage !== 'gone') await t.redis.set(t.key('job:a'), 'something else')
      expect(await t.die()).toMatchObject({ recovered: 1 })
      expect(await t.queued()).toEqual(['b'])
    },
  )

  test('leaves the bell ringing for work that a leaving worker had been woken for', async () => {
    await t.enqueue(job('a'))
    await t.redis.del(t.key('bell'))
    await t.store.leave('q', 'w')
    expect(await t.redis.llen(t.key('bell'))).toBe(1)
  })
})
