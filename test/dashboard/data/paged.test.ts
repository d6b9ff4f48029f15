import { expect, test } from 'vitest'
import {
  readCron,
  readCronNames,
  readErrors,
  readWorkerFacts,
  readWorkers,
} from '../../../lib/dashboard/data/index.ts'
import { Cron } from '../../../lib/index.ts'
import { WorkerRegistry } from '../../../lib/redis/worker-registry.ts'
import { storeOf } from '../../kit/a-store.ts'
import { harness } from '../../kit/harness.ts'
import { roundTrips } from '../../kit/round-trips.ts'

const h = harness()
const s = storeOf(h)

test('a cause is found by its fingerprint alone, behind however many that were seen later', async () => {
  await h.queue('q').enqueue('./tasks#fail', 'bad')
  await h.drain('q')
  await h.queue('up').enqueue('./no#such')
  await h.drain('up')
  const [last, first] = await readErrors(s.store)
  expect(await readErrors(s.store, { limit: 1, fingerprint: first!.fingerprint })).toEqual([first])
  expect(await readErrors(s.store, { queues: ['q'], fingerprint: last!.fingerprint })).toEqual([])
  expect(await readErrors(s.store, { fingerprint: 'none' })).toEqual([])
})

test('workers are read a page at a time', async () => {
  const registry = new WorkerRegistry(s.store.connection, h.prefix)
  for (const name of ['w1', 'w2', 'w3']) {
    const now = await registry.tell(name, name, ['q'], { state: 'idle' }, 60_000)
    await registry.list(name, ['q'], now!)
  }
  const { now, workers } = await readWorkerFacts(s.store)
  expect(workers.map(({ name }) => name)).toEqual(['w1', 'w2', 'w3'])
  const some = { now, workers: workers.slice(1) }
  const { result, trips } = await roundTrips(s.store, () => readWorkers(s.store, some))
  expect(trips).toBeLessThanOrEqual(2)
  expect(result.map(({ name }) => name)).toEqual(['w2', 'w3'])
})

test('cron entries are read a page at a time, and by the queues of their jobs', async () => {
  await using cron = new Cron({ connection: h.url, prefix: h.prefix })
  for (const [n, queue] of ['up', 'q', 'up', 'q'].entries())
    await cron.register({ name: `e${n}`, every: '1h', func: './tasks#add', args: [1, 2], queue })
  await h.redis.hset(`${h.prefix}:{:cron}:entries`, 'e9', '{"rev":"x"}')
  expect(await readCronNames(s.store)).toEqual(['e0', 'e1', 'e2', 'e3', 'e9'])
  expect((await roundTrips(s.store, () => readCronNames(s.store, ['up']))).result).toEqual(['e0', 'e2'])
  const { result, commands } = await roundTrips(s.store, () => readCron(s.store, ['e1', 'e2', 'none']))
  expect(result.map(({ name }) => name)).toEqual(['e1', 'e2'])
  expect(commands).toBeLessThanOrEqual(6)
  await h.redis.hdel(`${h.prefix}:{:cron}:entries`, 'e9')
})
