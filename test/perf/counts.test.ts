import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { costPerJob, serverTotals } from '../../bench/server-cost.ts'
import { call, Queue, Worker } from '../../lib/index.ts'
import { type RedisServer, startRedis } from '../../lib/testing/index.ts'
import { FIXTURES } from '../kit/harness.ts'
import { plainClient } from '../kit/plain-client.ts'
import { until } from '../kit/until.ts'
import { type Counted, MOST } from './figures.ts'

const FUNC = './tasks#nothing'

/** A server of its own: what others send to it would be counted. */
let server: RedisServer
let redis: ReturnType<typeof plainClient>
let closers: (() => Promise<unknown>)[] = []

beforeAll(async () => {
  server = await startRedis({ quiet: true })
  redis = plainClient(server.url)
})
afterEach(async () => {
  for (const close of closers.reverse()) await close()
  closers = []
  await redis.flushall()
})
afterAll(async () => {
  redis.disconnect()
  await server.stop()
})

function queue(): Queue {
  const queue = new Queue('q', { connection: server.url })
  closers.push(() => queue.close())
  return queue
}

function startWorker(concurrency: number): void {
  const worker = new Worker('q', {
    connection: server.url,
    paths: [FIXTURES],
    isolation: 'none',
    concurrency,
  })
  const running = worker.run()
  closers.push(async () => {
    await worker.stop()
    await running
  })
}

const totals = async () => ({ ...(await serverTotals(redis)), client: 0 })

/** Others on the machine make batches smaller and answers late, which costs more. What it costs at its least is ours alone. */
const ROUNDS = 5

/**
 * Counts what `work` costs, a job, and holds the least of some rounds to what is written down: one is enough where that is met.
 * `work` answers how many commands of the test's own were in it.
 */
async function count(
  what: Counted,
  jobs: number,
  work: () => Promise<number>,
  { rounds = ROUNDS, before = async () => {} } = {},
): Promise<void> {
  const most = MOST[what]
  const least = { commands: Infinity, reads: Infinity, bytes: Infinity }
  for (let round = 1; round <= rounds; round++) {
    await before()
    const start = await totals()
    const own = await work()
    const counted = costPerJob(start, await totals(), jobs, own + 1)
    for (const figure of FIGURES) least[figure] = Math.min(least[figure], counted[figure])
    if (FIGURES.every((figure) => least[figure] <= most[figure])) break
  }
  if (process.env.FUNQ_PERF === 'print') {
    const { commands, reads, bytes } = least
    console.log(
      `${what}: commands ${commands.toFixed(3)}, reads ${reads.toFixed(4)}, bytes ${bytes.toFixed(1)}`,
    )
  }
  for (const figure of FIGURES) {
    const grown = `${what} costs more ${figure} than test/perf/figures.ts allows, which says how to change it`
    expect(least[figure], grown).toBeLessThanOrEqual(most[figure])
  }
}

const FIGURES = ['commands', 'reads', 'bytes'] as const

test('what an enqueue costs', async () => {
  const q = queue()
  await q.enqueue(FUNC)
  await count('an enqueue', 200, async () => {
    for (let n = 0; n < 200; n++) await q.enqueue(FUNC, n)
    return 0
  })
})

test('what a bulk enqueue costs', async () => {
  const q = queue()
  const calls = Array.from({ length: 5_000 }, (_, n) => call(FUNC, n))
  await q.enqueueMany(calls.slice(0, 10))
  await count('a job of a bulk', calls.length, async () => {
    await q.enqueueMany(calls)
    return 0
  })
})

for (const concurrency of [1, 100] as const) {
  test(`what the life of a job costs at concurrency ${concurrency}`, async () => {
    const q = queue()
    const jobs = 6_000
    let ended = 0
    let own = 0
    const allEnded = () =>
      until('all jobs to finish', async () => {
        own++
        return (await redis.zcard('funq:{q}:finished')) >= ended
      })
    const enqueue = async (number: number) => {
      await q.enqueueMany(Array.from({ length: number }, (_, n) => call(FUNC, n)))
      ended += number
    }
    // The worker's start and the first claims, which reach ahead ever farther, are no part of it.
    startWorker(concurrency)
    await enqueue(jobs)
    await allEnded()
    const work = async () => {
      own = 0
      await q.resume()
      await allEnded()
      return own
    }
    const before = async () => {
      await q.pause()
      await enqueue(jobs)
    }
    await count(`a job at concurrency ${concurrency}`, jobs, work, { before })
  })
}

test('what an awaited result costs', async () => {
  const q = queue()
  startWorker(1)
  for (let n = 0; n < 20; n++) await (await q.enqueue(FUNC, n)).result
  await count('an awaited result', 100, async () => {
    for (let n = 0; n < 100; n++) await (await q.enqueue(FUNC, n)).result
    return 0
  })
})

test('what an idle worker costs a minute', { timeout: 60_000 }, async () => {
  startWorker(1)
  const there = () => redis.zcard('funq:workers')
  await until('the worker to be there', async () => (await there()) === 1)
  const seconds = 20
  const work = async () => {
    // Nothing happens that could be waited for but time; the server's passes in one command.
    await redis.blpop('nothing', seconds)
    return 1
  }
  // Twenty seconds see two or three heartbeats.
  await count('a minute of an idle worker', seconds / 60, work, { rounds: 2 })
})
