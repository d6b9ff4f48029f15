import { Redis } from 'ioredis'
import {
  findJobs,
  readErrors,
  readMetrics,
  readOverview,
  readQueues,
  readSystem,
  readWorkers,
  sampleLive,
  search,
} from '../lib/dashboard/data/index.ts'
import { Connection } from '../lib/redis/connection.ts'
import { queueBase } from '../lib/redis/keys.ts'
import { RedisStore } from '../lib/redis/store.ts'
import { toTarget } from '../lib/redis/target.ts'
import { startRedis } from '../lib/testing/index.ts'

/**
 * How long the dashboard's reads take on a server that is full: `npx tsx bench/seed.ts [jobs] [queues] [workers]`, a million jobs in 200
 * queues with 500 workers by default.
 */
const [jobs = 1_000_000, queues = 200, workers = 500] = process.argv.slice(2).map(Number)
const AT_ONCE = 1_000

await using server = await startRedis()
const store = new RedisStore(new Connection(toTarget(server.url)), 'funq')
const redis = new Redis(server.url)

const began = performance.now()
for (let made = 0; made < jobs; made += AT_ONCE) {
  const name = `queue-${(made / AT_ONCE) % queues}`
  const batch = Array.from({ length: AT_ONCE }, (_, i) => ({
    id: `job-${made + i}`,
    func: `./tasks#task${(made + i) % 10}`,
    args: JSON.stringify([made + i, 'someone@example.org']),
    options: i % 100 === 0 ? { tags: [`tenant:${made % 50}`] } : {},
  }))
  await store.enqueue(name, batch)
}
await failSome()
for (let n = 0; n < workers; n++) await tellOf(`worker-${n}`, [`queue-${n % queues}`])
console.log(
  `${jobs} jobs in ${queues} queues, seeded in ${((performance.now() - began) / 1000).toFixed(1)} s`,
)

for (const [what, read] of Object.entries({
  overview: () => readOverview(store),
  queues: () => readQueues(store),
  workers: () => readWorkers(store),
  errors: () => readErrors(store),
  'jobs, all': () => findJobs(store, {}),
  'jobs, failed': () => findJobs(store, { state: 'failed' }),
  'search by id': () => search(store, 'job-777777'),
  'search by tag': () => search(store, 'tag:tenant:0'),
  'search by function': () => search(store, 'fn:task7'),
  'search for text that is nowhere': () => search(store, 'nowhere to be found'),
  live: () => sampleLive(store),
  'metrics, a day': () => readMetrics(store, { from: Date.now() - 86_400_000, to: Date.now() }),
  system: () => readSystem(store),
})) {
  await read()
  const times: number[] = []
  for (let i = 0; i < 5; i++) {
    const from = performance.now()
    await read()
    times.push(performance.now() - from)
  }
  console.log(
    `${what.padEnd(34)} ${times
      .sort((a, b) => a - b)[2]!
      .toFixed(1)
      .padStart(8)} ms`,
  )
}
redis.disconnect()
await store.close()

/** Claims and fails a few jobs of each queue. */
async function failSome(): Promise<void> {
  for (let n = 0; n < queues; n++) {
    const name = `queue-${n}`
    const step = { endings: [], beginnings: [], want: 20, begin: true, held: 0 }
    const claimed = await store.step(name, 'seeder', step)
    const endings = claimed.jobs.map(({ id, token, attempt }, i) => ({
      id,
      token,
      attempt,
      kind: 'failed' as const,
      endedAgo: 0,
      ranMs: 5,
      payload: JSON.stringify({ name: 'TypeError', message: `no luck with ${'abcde'[i % 5]}` }),
      ttl: 86_400_000,
      aux: false,
    }))
    await store.step(name, 'seeder', { ...step, endings, want: 0 })
    await redis.del(`${queueBase('funq', name)}workers`)
  }
}

async function tellOf(name: string, names: readonly string[]): Promise<void> {
  await redis.hset(`funq:worker:${name}`, {
    queues: JSON.stringify(names),
    heartbeat: Date.now(),
    state: 'idle',
    host: 'h',
    pid: 1,
  })
  await redis.zadd('funq:workers', Date.now(), name)
}
