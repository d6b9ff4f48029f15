import { Queue, Scheduler, Worker } from 'node-resque'
import { type NodeLibrary, PAYLOAD, QUEUE } from './library.ts'
import { TASKS } from './tasks.ts'
import { packageVersion } from './version.ts'

// node-resque as its README sets it up, with its scheduler. A worker runs one job at a time: a concurrency is that many
// of them in the process, each with a connection of its own. It stores no results and has no call for many jobs.

const JOBS = Object.fromEntries(Object.entries(TASKS).map(([name, perform]) => [name, { perform }]))

const produce: NodeLibrary['produce'] = async (endpoint, { task }) => {
  const queue = new Queue({ connection: { ...endpoint } }, JOBS)
  await queue.connect()
  return {
    enqueue: () => queue.enqueue(QUEUE, task, [PAYLOAD]),
    schedule: (count, at) => {
      // It takes a job of the same arguments at the same time for a mistake.
      const one = (_: unknown, i: number) => queue.enqueueAt(at, QUEUE, task, [PAYLOAD, i])
      return Promise.all(Array.from({ length: count }, one))
    },
    close: () => queue.end(),
  }
}

const work: NodeLibrary['work'] = async (endpoint, { concurrency }) => {
  const connection = { ...endpoint }
  const scheduler = new Scheduler({ connection })
  await scheduler.connect()
  await scheduler.start()
  const workers = Array.from({ length: concurrency }, (_, i) => {
    // It tells its workers apart by their names.
    const name = `bench-${process.pid}-${i}`
    return new Worker({ connection: { ...connection }, name, queues: [QUEUE] }, JOBS)
  })
  for (const worker of workers) {
    await worker.connect()
    await worker.start()
  }
  return {
    async stop() {
      await Promise.all(workers.map((worker) => worker.end()))
      await scheduler.end()
    },
  }
}

export const resque: NodeLibrary = {
  title: 'node-resque',
  version: packageVersion('node-resque'),
  abilities: ['schedule'],
  isolations: ['none'],
  share: { enqueue: 0.3, work: 0.15 },
  produce,
  work,
  async finishedCount(redis) {
    return Number(await redis.get('resque:stat:processed'))
  },
}
