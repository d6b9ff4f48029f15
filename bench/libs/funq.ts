import { existsSync, readFileSync } from 'node:fs'
import type { Redis } from 'ioredis'
import type { Endpoint, Library, Producer, RunningWorker, WorkerOptions } from './library.ts'
import { HORSES, PAYLOAD, QUEUE } from './library.ts'

// The compiled build is measured, as an application would run it; the types come from the sources.
const build = new URL('../../dist/lib/index.js', import.meta.url)
if (!existsSync(build)) {
  throw new Error(
    'Expected the compiled build in dist/, found none: run `npm run build`, or leave funq out of --libs',
  )
}
const { Queue, Worker, call } = (await import(build.href)) as typeof import('../../lib/index.ts')

const FUNC = './bench/tasks#noop'

async function produce(endpoint: Endpoint): Promise<Producer> {
  const queue = new Queue(QUEUE, { connection: endpoint })
  await queue.count()
  return {
    enqueue: () => queue.enqueue(FUNC, PAYLOAD),
    enqueueMany: (count) => queue.enqueueMany(Array.from({ length: count }, () => call(FUNC, PAYLOAD))),
    async roundTrip() {
      const job = await queue.enqueue(FUNC, PAYLOAD)
      await job.result
    },
    close: () => queue.close(),
  }
}

async function work(endpoint: Endpoint, { isolation, concurrency }: WorkerOptions): Promise<RunningWorker> {
  const horses = isolation === 'none' ? {} : { horses: Math.min(concurrency, HORSES) }
  const worker = new Worker([QUEUE], { connection: endpoint, isolation, concurrency, ...horses })
  const running = worker.run()
  return {
    async stop() {
      await worker.stop()
      await running
    },
  }
}

export const funq: Library = {
  title: 'funq',
  version: JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')).version,
  produce,
  consumer: {
    isolations: ['process', 'thread', 'none'],
    work,
    finishedCount: (redis: Redis) => redis.zcard(`funq:{${QUEUE}}:finished`),
  },
}
