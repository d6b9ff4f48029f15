import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { slotJobId } from '../../lib/core/cron-definition.ts'
import type { CronStore, SlotClaim } from '../../lib/core/cron-store.ts'
import { MemoryCronStore } from '../../lib/memory/cron-store.ts'
import { Connection } from '../../lib/redis/connection.ts'
import { RedisCronStore } from '../../lib/redis/cron-store.ts'
import { toTarget } from '../../lib/redis/target.ts'
import { harness, REDIS_URL } from '../kit/harness.ts'

const h = harness()
let store: CronStore

const nextOf = async (name = 'x') => (await store.fetch([name]))[0]!.nextAt
const lastOf = async (name = 'x') => (await store.fetch([name]))[0]!.last
/** Whether the last job is not known to be enqueued, as the next look sees it. */
const isPending = async () => (await store.look()).due[0]!.pending

function definition(rev = 's1.a', name = 'x'): SlotClaim['definition'] {
  return {
    rev,
    name,
    queue: 'q',
    schedule: { everyMs: 1_000 },
    missed: 'once',
    graceMs: 60_000,
    overlap: 'allow',
    job: { func: './tasks#add', args: '[]', options: {} },
  }
}

function claim(slot: number, more: Partial<SlotClaim> = {}): SlotClaim {
  const job = { ref: `${slotJobId('x', slot)}@q`, slot }
  return { definition: definition(), slot, next: slot + 1_000, job, ...more }
}

describe.each(['redis', 'memory'] as const)('cron entries (%s)', (kind) => {
  let connection: Connection | undefined

  beforeEach(() => {
    if (kind === 'memory') {
      store = new MemoryCronStore(Date.now)
      return
    }
    connection = new Connection(toTarget(REDIS_URL))
    store = new RedisCronStore(connection, h.prefix)
  })
  afterEach(() => connection?.close())

  describe('claim', () => {
    test('gives a slot to one of all that want it', async () => {
      await store.set(definition(), 5_000)
      const answers = await Promise.all(Array.from({ length: 20 }, () => store.claim(claim(5_000))))
      expect(answers.filter((answer) => answer === 'claimed')).toHaveLength(1)
      expect(await nextOf()).toBe(6_000)
      expect(await isPending()).toBe(true)
      await store.done(`${slotJobId('x', 5_000)}@q`)
      expect(await isPending()).toBe(false)
    })

    test('refuses a slot before its time, and one that is not due any more', async () => {
      const later = (await store.now()) + 60_000
      await store.set(definition(), later)
      expect(await store.claim(claim(later))).toBe('taken')
      expect(await store.claim(claim(later - 120_000))).toBe('taken')
      expect(await nextOf()).toBe(later)
    })

    test('refuses who decided by a definition that was changed meanwhile', async () => {
      await store.set(definition(), 5_000)
      await store.set(definition('s1.b'), 9_000)
      expect(await store.claim(claim(5_000))).toBe('changed')
      expect(await store.claim(claim(5_000, { definition: definition('s1.b') }))).toBe('claimed')
    })

    test('refuses once the entry is paused or removed', async () => {
      await store.set(definition(), 5_000)
      await store.pause('x')
      expect(await store.claim(claim(5_000))).toBe('taken')
      await store.remove('x')
      expect(await store.claim(claim(5_000))).toBe('taken')
      expect([await store.names(), await store.fetch(['x'])]).toEqual([[], []])
    })

    test('moves a slot on without a job, and ends an entry that has no next one', async () => {
      await store.set(definition(), 5_000)
      expect(await store.claim(claim(5_000, { job: undefined }))).toBe('claimed')
      expect([await lastOf(), await isPending()]).toEqual([null, false])
      expect(await store.claim(claim(6_000, { next: undefined }))).toBe('claimed')
      expect(await nextOf()).toBeUndefined()
      expect(await lastOf()).toBe(`6000 1 ${slotJobId('x', 6_000)}@q`)
    })

    test('remembers nine slots before the last, also those of another schedule', async () => {
      await store.set(definition(), 1_000)
      for (let slot = 1_000; slot <= 3_000; slot += 1_000) await store.claim(claim(slot))
      expect(await lastOf()).toBe(`3000 3 ${slotJobId('x', 3_000)}@q 2000 1000`)
      expect(await isPending()).toBe(true)
      await store.set(definition('s2.a'), 4_000)
      for (let slot = 4_000; slot <= 12_000; slot += 1_000)
        await store.claim(claim(slot, { definition: definition('s2.a') }))
      const earlier = '11000 10000 9000 8000 7000 6000 5000 4000 3000'
      expect(await lastOf()).toBe(`12000 9 ${slotJobId('x', 12_000)}@q ${earlier}`)
      await store.done(`${slotJobId('x', 12_000)}@q`)
      expect(await isPending()).toBe(false)
    })
  })

  describe('set', () => {
    test('keeps what is due while the schedule is the same, and begins anew when it is not', async () => {
      expect(await store.set(definition(), 5_000)).toBe('created')
      expect(await store.set(definition(), 9_000)).toBe('kept')
      expect(await store.set(definition('s1.b'), 9_000)).toBe('changed')
      expect(await nextOf()).toBe(5_000)
      await store.claim(claim(5_000, { definition: definition('s1.b') }))
      expect(await store.set(definition('s2.b'), 9_000)).toBe('changed')
      expect(await nextOf()).toBe(9_000)
      // Counted anew, and yet the last job is known, for the overlap.
      expect(await lastOf()).toBe(`5000 0 ${slotJobId('x', 5_000)}@q`)
    })

    test('of a schedule that is over leaves nothing due', async () => {
      await store.set(definition(), 5_000)
      await store.set(definition('s2.b'), undefined)
      expect(await nextOf()).toBeUndefined()
    })
  })

  test('a look tells what is due, the first slot after it, and nothing of the rest', async () => {
    const now = await store.now()
    await store.set(definition('s1.a', 'y'), 6_000)
    await store.set(definition('s1.a', 'x'), 5_000)
    await store.set(definition('s1.a', 'later'), now + 90_000)
    await store.set(definition('s1.a', 'sooner'), now + 60_000)
    const look = await store.look()
    expect(look.due.map(({ name, slot, last }) => [name, slot, last])).toEqual([
      ['x', 5_000, ''],
      ['y', 6_000, ''],
    ])
    expect(look.due[0]!.definition).toBe(await store.definition('x'))
    expect([look.next, look.left]).toEqual([now + 60_000, []])
    expect(look.now).toBeGreaterThanOrEqual(now)
    expect(await store.definition('none')).toBeNull()
    expect(await store.remove('none')).toBe(false)
    expect(await store.pause('none')).toBe(false)
  })

  test('resume refuses a slot that was computed from another definition', async () => {
    await store.set(definition(), 5_000)
    await store.pause('x')
    await store.set(definition('s2.b'), 6_000)
    expect(await nextOf()).toBeUndefined()
    expect(await store.resume('x', 's1.a', 7_000)).toBe('stale')
    expect(await store.resume('x', 's2.b', 7_000)).toBe('resumed')
    expect(await store.resume('x', 's2.b', 8_000)).toBe('resumed')
    expect(await nextOf()).toBe(7_000)
    expect(await store.resume('y', 's2.b', 7_000)).toBe('gone')
  })
})
