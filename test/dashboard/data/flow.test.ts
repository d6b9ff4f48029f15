import { expect, test } from 'vitest'
import { findCritical, findDepths } from '../../../lib/dashboard/data/graph.ts'
import { readFlow, readJob } from '../../../lib/dashboard/data/index.ts'
import { Group } from '../../../lib/index.ts'
import { storeOf } from '../../kit/a-store.ts'
import { harness } from '../../kit/harness.ts'
import { roundTrips } from '../../kit/round-trips.ts'

const h = harness()
const s = storeOf(h)

test('a flow is drawn from any of its jobs, ended or not: what waits for what, and what keeps it waiting', async () => {
  const [q, up] = [h.queue('q'), h.queue('up')]
  const a = await q.enqueue('./tasks#add', 1, 2)
  const b = await up.with({ dependsOn: a }).enqueue('./tasks#nothing')
  const c = await q.with({ dependsOn: [a] }).enqueue('./tasks#fail')
  const d = await q.with({ dependsOn: [b, c] }).enqueue('./tasks#nothing')
  await h.drain(['q', 'up'])
  const refs = [`${a.id}@q`, `${b.id}@up`, `${c.id}@q`, `${d.id}@q`] as const
  for (const job of [a, b, c, d]) {
    const { result: flow, trips } = await roundTrips(s.store, () =>
      readFlow(s.store, { job: job.id, queue: job.queue }),
    )
    expect(trips).toBeLessThanOrEqual(4)
    expect(new Set(flow!.nodes.map(({ ref, state, depth }) => `${ref} ${state} ${depth}`))).toEqual(
      new Set([
        `${refs[0]} finished 0`,
        `${refs[1]} finished 1`,
        `${refs[2]} failed 1`,
        `${refs[3]} deferred 2`,
      ]),
    )
    expect(new Set(flow!.edges.map(({ from, to, isOpen }) => `${from} ${to} ${isOpen}`))).toEqual(
      new Set([
        `${refs[0]} ${refs[1]} false`,
        `${refs[0]} ${refs[2]} false`,
        `${refs[1]} ${refs[3]} false`,
        `${refs[2]} ${refs[3]} true`,
      ]),
    )
    expect(flow!.nodes.find(({ ref }) => ref === refs[3])!.blockedBy).toEqual([refs[2]])
    expect(flow!.isCut).toBe(false)
  }
  const { told, dependents } = (await readJob(s.store, a.id, 'q'))!
  expect(told.map(({ id, state }) => `${id} ${state}`).sort()).toEqual(
    [`${b.id} finished`, `${c.id} failed`].sort(),
  )
  expect(dependents).toEqual([])
  expect(await readFlow(s.store, { job: 'none' })).toBeUndefined()
})

test('a flow is that of a group as well, and is cut where it is too wide', async () => {
  const q = h.queue()
  const group = await Group.create({ connection: h.url, prefix: h.prefix })
  const jobs = await Promise.all([1, 2, 3].map(() => q.with({ group }).enqueue('./tasks#nothing')))
  const flow = await readFlow(s.store, { group: group.id })
  expect(flow).toMatchObject({ group: { total: 3, ended: 0 }, isCut: false, edges: [] })
  expect(flow!.nodes.map(({ id }) => id).sort()).toEqual(jobs.map(({ id }) => id).sort())
  expect(await readFlow(s.store, { group: 'none' })).toBeUndefined()
  const parent = await q.enqueueIn('1h', './tasks#nothing')
  for (let i = 0; i < 120; i++) await q.with({ dependsOn: parent }).enqueue('./tasks#nothing')
  const wide = await readFlow(s.store, { job: parent.id })
  expect([wide!.isCut, wide!.nodes.length]).toEqual([true, 101])
})

test('the critical path is the chain that took the longest; a circle ends nothing', () => {
  const edges = [
    { from: 'a', to: 'b' },
    { from: 'a', to: 'c' },
    { from: 'b', to: 'd' },
    { from: 'c', to: 'd' },
  ]
  const ms = new Map([
    ['a', 5],
    ['b', 1],
    ['c', 20],
    ['d', 2],
  ])
  expect(findCritical(['d', 'c', 'b', 'a'], edges, ms)).toEqual({ path: new Set(['d', 'c', 'a']), ms: 27 })
  expect(findDepths(['a', 'b', 'c', 'd'], edges)).toEqual(
    new Map([
      ['a', 0],
      ['b', 1],
      ['c', 1],
      ['d', 2],
    ]),
  )
  const circle = [
    { from: 'x', to: 'y' },
    { from: 'y', to: 'x' },
  ]
  expect(findDepths(['x', 'y'], circle).size).toBe(2)
  expect(findCritical(['x', 'y'], circle, ms).ms).toBe(0)
})

test('whom a job has told is known as long as its record, after a requeue too', async () => {
  const q = h.queue()
  const parent = await q.with({ resultTtl: '1h', failureTtl: '1h' }).enqueue('./tasks#fail')
  const child = await q.with({ dependsOn: { job: parent, allowFailure: true } }).enqueue('./tasks#nothing')
  await h.drain()
  const key = `${h.prefix}:{q}:told:${parent.id}`
  expect(await h.redis.zrange(key, '0', '-1')).toEqual([`${child.id}@q`])
  expect(await h.redis.pexpiretime(key)).toBe(await h.redis.pexpiretime(`${h.prefix}:{q}:job:${parent.id}`))
  await parent.requeue()
  expect(await h.redis.pttl(key)).toBe(-1)
  await h.drain()
  expect(await h.redis.pexpiretime(key)).toBe(await h.redis.pexpiretime(`${h.prefix}:{q}:job:${parent.id}`))
  await parent.delete()
  expect(await h.redis.exists(key)).toBe(0)
})

test('a job without a time to live leaves nothing of it', async () => {
  const q = h.queue()
  const parent = await q.with({ resultTtl: 0 }).enqueue('./tasks#nothing')
  await q.with({ dependsOn: parent }).enqueue('./tasks#nothing')
  await h.drain()
  expect(await h.redis.keys(`${h.prefix}:{q}:told:*`)).toEqual([])
})
