import { existsSync, readFileSync } from 'node:fs'
import { type Endpoint, HORSES, type NodeLibrary, PAYLOAD, QUEUE } from './library.ts'

// The compiled build is measured, as an application would run it; the types come from the sources.
const build = new URL('../../dist/lib/index.js', import.meta.url)
if (!existsSync(build)) {
  throw new Error(
    'Expected the compiled build in dist/, found none: run `npm run build`, or leave funq out of --libs',
  )
}
const { Queue, Worker, call } = (await import(build.href)) as typeof import('../../lib/index.ts')

export function openQueue(endpoint: Endpoint) {
  return new Queue(QUEUE, { connection: endpoint })
}

const produce: NodeLibrary['produce'] = async (endpoint, { task }) => {
  const func = `./bench/tasks#${task}`
  const queue = openQueue(endpoint)
  await queue.count()
  const calls = (count: number) => Array.from({ length: count }, () => call(func, PAYLOAD))
  return {
    enqueue: () => queue.enqueue(func, PAYLOAD),
    enqueueMany: (count) => queue.enqueueMany(calls(count)),
    schedule: (count, at) => queue.with({ at }).enqueueMany(calls(count)),
    async roundTrip() {
      const job = await queue.enqueue(func, PAYLOAD)
      await job.result
    },
    async fanIn(count) {
      const dependsOn = await queue.enqueueMany(calls(count))
      await queue.with({ dependsOn }).enqueue(func, PAYLOAD)
    },
    async fanOut(count) {
      const dependsOn = await queue.enqueue(func, PAYLOAD)
      await queue.with({ dependsOn }).enqueueMany(calls(count))
    },
    close: () => queue.close(),
  }
}

const work: NodeLibrary['work'] = async (endpoint, { isolation, concurrency }) => {
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

export const funq: NodeLibrary = {
  title: 'funq',
  version: JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')).version,
  abilities: ['enqueueMany', 'roundTrip', 'schedule', 'fanIn', 'fanOut'],
  isolations: ['process', 'thread', 'none'],
  share: { enqueue: 1, work: 1 },
  produce,
  work,
  finishedCount: (redis) => redis.zcard(`funq:{${QUEUE}}:finished`),
}
