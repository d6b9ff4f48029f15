import { describe, expect, test } from 'vitest'
import { child, describeStore, describeStores, ERROR, job } from '../kit/stores.ts'

describeStores('waiting for a job', (t) => {
  const wait = (id: string, signal?: AbortSignal) => t.store.waitFor('q', id, signal)

  test('answers at once where it has ended', async () => {
    await t.enqueue(job('a'), job('b'), job('c'))
    await t.run({ payload: '"A"' })
    await t.run({ kind: 'failed' })
    await t.store.cancel('q', 'c', 'not needed')
    expect(await wait('a')).toEqual({ status: 'finished', payload: '"A"' })
    expect(await wait('b')).toEqual({ status: 'failed', payload: ERROR })
    expect(await wait('c')).toEqual({ status: 'canceled', payload: 'not needed' })
  })

  test('answers that there is no such job', async () => {
    expect(await wait('nobody')).toMatchObject({ status: 'gone' })
  })

  test.each(['finished', 'failed', 'stopped'] as const)('tells that it %s when it does', async (kind) => {
    await t.enqueue(job('a'))
    const waiting = wait('a')
    expect(await t.status('a')).toBe('queued')
    await t.run({ kind, payload: '{"name":"Error","message":"two\\nlines"}' })
    expect(await waiting).toEqual({ status: kind, payload: '{"name":"Error","message":"two\\nlines"}' })
  })

  test('tells a payload of many lines whole', async () => {
    await t.enqueue(job('a'))
    const waiting = wait('a')
    await t.status('a')
    await t.run({ payload: '"one\n\ntwo\nthree"\n' })
    expect(await waiting).toEqual({ status: 'finished', payload: '"one\n\ntwo\nthree"\n' })
  })

  test('tells the result also where it is not kept', async () => {
    await t.enqueue(job('a'))
    const waiting = wait('a')
    await t.awaited('a')
    await t.run({ payload: '"A"', ttl: 0 })
    expect(await waiting).toEqual({ status: 'finished', payload: '"A"' })
    expect(await wait('a')).toMatchObject({ status: 'gone' })
  })

  test('tells of a cancel and of a delete', async () => {
    await t.enqueue(job('a'), job('b'))
    const waiting = [wait('a'), wait('b')]
    await t.awaited('a')
    await t.awaited('b')
    await t.store.cancel('q', 'a', 'not needed')
    await t.store.delete('q', 'b')
    expect(await Promise.all(waiting)).toEqual([
      { status: 'canceled', payload: 'not needed' },
      { status: 'deleted', payload: '' },
    ])
  })

  test('tells everybody who waits', async () => {
    await t.enqueue(job('a'))
    const waiting = [wait('a'), wait('a'), wait('a')]
    await t.status('a')
    await t.run({ payload: '7' })
    expect(await Promise.all(waiting)).toEqual(Array(3).fill({ status: 'finished', payload: '7' }))
  })

  test('goes on through retries and recoveries', async () => {
    await t.enqueue(job('a'))
    const waiting = wait('a')
    await t.status('a')
    await t.run({ kind: 'retry', ttl: 0 })
    await t.claim()
    await t.die()
    await t.run({ payload: '"at last"' })
    expect(await waiting).toEqual({ status: 'finished', payload: '"at last"' })
  })

  describe('that has ended', () => {
    test('answers with the next end, once it was requeued', async () => {
      await t.enqueue(job('a'))
      await t.run({ kind: 'failed' })
      const waiting = t.store.waitFor('q', 'a', undefined, 1)
      // Answered by the same call that notes the other.
      expect(await wait('a')).toMatchObject({ status: 'failed' })
      await t.store.requeue('q', ['a'])
      await t.run({ payload: '"at last"' })
      expect(await waiting).toEqual({ status: 'finished', payload: '"at last"' })
    })

    test('answers at once where that end was meanwhile, and tells it also where it is not kept', async () => {
      await t.enqueue(job('a'))
      await t.run({ kind: 'failed' })
      await t.store.requeue('q', ['a'])
      await t.run({ kind: 'failed' })
      expect(await t.store.waitFor('q', 'a', undefined, 1)).toEqual({ status: 'failed', payload: ERROR })
      const waiting = t.store.waitFor('q', 'a', undefined, 2)
      await wait('a')
      await t.store.requeue('q', ['a'])
      await t.run({ payload: '2', ttl: 0 })
      expect(await waiting).toEqual({ status: 'finished', payload: '2' })
    })

    test('keeps those who wait for it and its dependents in mind, each told what they wait for', async () => {
      await t.enqueue(job('a'), child('b', ['a']))
      await t.run({ kind: 'failed' })
      const next = t.store.waitFor('q', 'a', undefined, 1)
      const any = wait('a')
      expect(await any).toMatchObject({ status: 'failed' })
      await t.store.requeue('q', ['a'])
      const now = wait('a')
      await t.status('a')
      await t.run({ payload: '3' })
      expect(await Promise.all([next, now])).toEqual(Array(2).fill({ status: 'finished', payload: '3' }))
      expect(await t.status('b')).toBe('queued')
    })

    test('tells of its being deleted', async () => {
      await t.enqueue(job('a'))
      await t.run({ kind: 'failed' })
      const waiting = t.store.waitFor('q', 'a', undefined, 1)
      await wait('a')
      await t.store.delete('q', 'a')
      expect(await waiting).toEqual({ status: 'deleted', payload: '' })
    })

    test('finds it gone once its time is over', async () => {
      await t.enqueue(job('a'))
      await t.run({ kind: 'failed', ttl: 10_000 })
      await t.elapse(11_000)
      await t.tend()
      expect(await t.store.waitFor('q', 'a', undefined, 1)).toMatchObject({ status: 'gone' })
    })
  })

  test('of another queue is another wait', async () => {
    await t.enqueue(job('a'))
    await t.store.enqueue('other', [job('a')])
    const waiting = [t.store.waitFor('q', 'a'), t.store.waitFor('other', 'a')]
    await t.status('a')
    await t.run({ payload: '"other"' }, 'other')
    await t.run({ payload: '"q"' }, 'q')
    expect(await Promise.all(waiting)).toMatchObject([{ payload: '"q"' }, { payload: '"other"' }])
  })

  test('ends when its signal aborts, and only that wait', async () => {
    await t.enqueue(job('a'))
    const given = new AbortController()
    const up = wait('a', given.signal)
    const waiting = wait('a')
    await t.status('a')
    given.abort(new Error('enough'))
    await expect(up).rejects.toThrow('enough')
    await expect(wait('a', given.signal)).rejects.toThrow('enough')
    await t.run({ payload: '7' })
    expect(await waiting).toMatchObject({ payload: '7' })
  })

  test('ends with an error when the store is closed', async () => {
    await t.enqueue(job('a'))
    const waiting = wait('a')
    const refused = expect(waiting).rejects.toMatchObject({ code: 'CLOSED' })
    await t.status('a')
    await t.store.close()
    await refused
  })

  test('works for thousands at once', async () => {
    const ids = Array.from({ length: 1_000 }, (_, i) => `j${i}`)
    await t.enqueue(...ids.map((id) => job(id)))
    const waiting = ids.map((id) => wait(id))
    await t.awaited('j999')
    const ends = (await t.claim(1_000)).map((claimed) =>
      t.end(claimed, { payload: `"${claimed.id}"`, ttl: 0 }),
    )
    expect((await Promise.all(waiting)).map((ended) => ('payload' in ended ? ended.payload : ''))).toEqual(
      ids.map((id) => `"${id}"`),
    )
    await Promise.all(ends)
  })
})

describeStore('waiting for a job in Redis', 'redis', (t) => {
  const watchers = () => t.redis.hget(t.key('watched'), 'a')

  test('notes a client once, however often it asks', async () => {
    await t.enqueue(job('a'))
    const channel = 'somebody'
    const ask = () =>
      (t.store as ReturnType<typeof t.another>).connection.run('wait', t.key(''), [channel, 'a', 0])
    expect(await ask()).toEqual(['waits', '', 0])
    await ask()
    expect(await watchers()).toBe('somebody')
  })

  test('notes who waits for the next end in the record, which takes it along', async () => {
    await t.enqueue(job('a'))
    await t.run({ kind: 'failed', ttl: 10_000 })
    const ask = () =>
      (t.store as ReturnType<typeof t.another>).connection.run('wait', t.key(''), ['somebody', 'a', 1])
    expect(await ask()).toEqual(['failed', ERROR, 0])
    await ask()
    expect(await t.redis.hget(t.key('job:a'), 'nx')).toBe('somebody')
    expect(await watchers()).toBeNull()
    await t.store.requeue('q', ['a'])
    expect(await t.redis.hget(t.key('job:a'), 'nx')).toBeNull()
    expect(await watchers()).toBe('somebody')
  })

  test('tells each client once', async () => {
    await t.enqueue(job('a'))
    const [one, two] = [t.another(), t.another()]
    const waiting = [one.waitFor('q', 'a'), two.waitFor('q', 'a')]
    await expect.poll(async () => (await watchers())?.split(',').length).toBe(2)
    const channels = (await watchers())!.split(',')
    const heard: string[] = []
    const ear = t.redis.duplicate()
    ear.on('message', (channel: string) => heard.push(channel))
    await ear.subscribe(...channels)
    await t.run({ payload: '7' })
    expect(await Promise.all(waiting)).toEqual(Array(2).fill({ status: 'finished', payload: '7' }))
    await expect.poll(() => heard.sort()).toEqual(channels.sort())
    expect(await watchers()).toBeNull()
    ear.disconnect()
    await Promise.all([one.close(), two.close()])
  })

  test('costs a job that nobody waits for nothing', async () => {
    await t.enqueue(job('a'))
    await t.run()
    expect(await t.redis.exists(t.key('watched'))).toBe(0)
  })

  test('finds a job that was lost to be gone', async () => {
    await t.enqueue(job('a'))
    await t.redis.del(t.key('job:a'))
    await t.redis.set(t.key('job:a'), 'something else')
    expect(await t.store.waitFor('q', 'a')).toMatchObject({ status: 'gone' })
    await t.claim()
  })
})
