import { expect, test } from 'vitest'
import type { MemoryStore } from '../../lib/memory/store.ts'
import { controlChannel } from '../../lib/redis/keys.ts'
import { describeStore, describeStores, job, type StoreKit } from '../kit/stores.ts'

const textsOf = async (t: StoreKit, id: string) => (await t.store.log('q', id)).lines.map(({ text }) => text)

describeStores('update', (t) => {
  test('notes meta and progress of a running job, the last one counts', async () => {
    await t.enqueue(job('a', { meta: '{"m":1}' }))
    const { token } = await t.claimOne()
    expect(await t.store.update('q', 'w', 'a', token, 'meta', '{"m":2}')).toBe(true)
    expect(await t.store.update('q', 'w', 'a', token, 'progress', '10')).toBe(true)
    expect(await t.store.update('q', 'w', 'a', token, 'progress', '20')).toBe(true)
    expect(await t.record('a')).toMatchObject({ meta: '{"m":2}', progress: '20', status: 'started' })
  })

  test('adds lines to the log, which stays with the job when it has ended', async () => {
    await t.enqueue(job('a'))
    const claimed = await t.claimOne()
    for (const line of ['one', 'two']) await t.store.update('q', 'w', 'a', claimed.token, 'log', line)
    await t.end(claimed)
    expect(await textsOf(t, 'a')).toEqual(['one', 'two'])
  })

  test('keeps the last thousand lines', async () => {
    await t.enqueue(job('a'))
    const { token } = await t.claimOne()
    const lines = Array.from({ length: 1_010 }, (_, i) => `line ${i}`)
    await Promise.all(lines.map((line) => t.store.update('q', 'w', 'a', token, 'log', line)))
    expect(await textsOf(t, 'a')).toEqual(lines.slice(10))
  })

  test('keeps what was printed among the lines, each with its time and where it came from', async () => {
    await t.enqueue(job('a'))
    const claimed = await t.claimOne()
    const { token } = claimed
    const before = Date.now() - 1_000
    await t.store.update('q', 'w', 'a', token, 'stdout', 'one\n\nthree')
    await t.store.update('q', 'w', 'a', token, 'log', 'two\nlines')
    await t.store.update('q', 'w', 'a', token, 'stderr', 'oh')
    const { added, lines } = await t.store.log('q', 'a')
    expect(added).toBe(5)
    expect(lines.map(({ source, text }) => [source, text])).toEqual([
      ['stdout', 'one'],
      ['stdout', ''],
      ['stdout', 'three'],
      ['log', 'two\nlines'],
      ['stderr', 'oh'],
    ])
    expect(lines.every(({ at }) => at! > before && at! < before + 60_000)).toBe(true)
    await t.end(claimed)
  })

  test('keeps the last 64 KB where there is output, and counts all lines', async () => {
    await t.enqueue(job('a'))
    const claimed = await t.claimOne()
    const text = 'ü'.repeat(490)
    for (let n = 0; n < 3; n++) {
      const printed = Array.from({ length: 30 }, (_, i) => `${text}${n}${i}`).join('\n')
      await t.store.update('q', 'w', 'a', claimed.token, 'stdout', printed)
    }
    const { added, lines } = await t.store.log('q', 'a')
    expect(added).toBe(90)
    expect(lines.length).toBeGreaterThan(60)
    expect(lines.length).toBeLessThan(67)
    expect(lines.at(-1)!.text).toBe(`${text}229`)
    await t.end(claimed)
  })

  test('is refused once the claim is lost', async () => {
    await t.enqueue(job('a'))
    const claimed = await t.claimOne()
    expect(await t.store.update('q', 'w', 'a', '7:7', 'meta', '{}')).toBe(false)
    expect(await t.store.update('q', 'another', 'a', claimed.token, 'meta', '{}')).toBe(false)
    await t.end(claimed)
    expect(await t.store.update('q', 'w', 'a', claimed.token, 'log', 'too late')).toBe(false)
    expect(await textsOf(t, 'a')).toEqual([])
    expect((await t.record('a'))!.meta).toBeUndefined()
  })
})

describeStores('stop', (t) => {
  test('asks only where the job runs', async () => {
    await t.enqueue(job('a'))
    expect(await t.store.stop('q', 'a')).toBe('queued')
    const claimed = await t.claimOne()
    expect(await t.store.stop('q', 'a')).toBe('asked')
    await t.end(claimed, { kind: 'stopped' })
    expect(await t.store.stop('q', 'a')).toBe('stopped')
    expect(await t.store.stop('q', 'nobody')).toBe('gone')
  })
})

describeStore('update in Redis', 'redis', (t) => {
  test('reads lines that funq 0.1 wrote', async () => {
    await t.enqueue(job('a'))
    const claimed = await t.claimOne()
    await t.redis.rpush(t.key('log:a'), 'an old line')
    await t.store.update('q', 'w', 'a', claimed.token, 'log', 'a new one')
    const { lines } = await t.store.log('q', 'a')
    expect(lines).toEqual([
      { at: undefined, source: 'log', text: 'an old line' },
      { at: expect.any(Number), source: 'log', text: 'a new one' },
    ])
    await t.end(claimed)
  })
})

describeStore('stop in Redis', 'redis', (t) => {
  test('tells the worker that runs the job', async () => {
    await t.enqueue(job('a'))
    await t.claim(1, { worker: 'w7' })
    const ear = t.redis.duplicate()
    const heard = new Promise((resolve) => ear.on('message', (_, message) => resolve(message)))
    await ear.subscribe(controlChannel(t.prefix, 'w7'))
    await t.store.stop('q', 'a')
    expect(await heard).toBe('stop a@q')
    ear.disconnect()
  })
})

describeStore('stop in memory', 'memory', (t) => {
  test('tells whoever listens, until they leave', async () => {
    await t.enqueue(job('a'))
    await t.claim(1, { worker: 'w7' })
    const heard: string[] = []
    const leave = (t.store as MemoryStore).onStop((...said) => heard.push(said.join(' ')))
    await t.store.stop('q', 'a')
    leave()
    await t.store.stop('q', 'a')
    expect(heard).toEqual(['w7 q a'])
  })
})
