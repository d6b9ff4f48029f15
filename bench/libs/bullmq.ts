import { FlowProducer, Queue, QueueEvents, Worker } from 'bullmq'
import { type NodeLibrary, PAYLOAD, QUEUE } from './library.ts'
import { TASKS } from './tasks.ts'
import { packageVersion } from './version.ts'

// BullMQ as its guide sets it up: on ioredis, every option at its default (ids from its counter, completed jobs
// kept so that results can be read), an async processor in the worker's own process, which is its fastest mode.

const produce: NodeLibrary['produce'] = async (endpoint, { results }) => {
  const queue = new Queue(QUEUE, { connection: { ...endpoint } })
  await queue.waitUntilReady()
  const events = results ? new QueueEvents(QUEUE, { connection: { ...endpoint } }) : undefined
  // Each wait adds listeners, which is how this library means it; Node would warn of more than ten.
  queue.setMaxListeners(0)
  events?.setMaxListeners(0)
  await events?.waitUntilReady()
  const addMany = (count: number, opts: { delay?: number }) =>
    queue.addBulk(Array.from({ length: count }, () => ({ name: 'noop', data: PAYLOAD, opts })))
  return {
    enqueue: () => queue.add('noop', PAYLOAD),
    enqueueMany: (count) => addMany(count, {}),
    schedule: (count, at) => addMany(count, { delay: at - Date.now() }),
    async roundTrip() {
      const job = await queue.add('noop', PAYLOAD)
      await job.waitUntilFinished(events!)
    },
    async fanIn(count) {
      const flows = new FlowProducer({ connection: { ...endpoint } })
      const node = { name: 'noop', queueName: QUEUE, data: PAYLOAD }
      await flows.add({ ...node, children: Array.from({ length: count }, () => node) })
      await flows.close()
    },
    async close() {
      await events?.close()
      await queue.close()
    },
  }
}

const work: NodeLibrary['work'] = async (endpoint, { task, concurrency }) => {
  const worker = new Worker(QUEUE, TASKS[task], { connection: { ...endpoint }, concurrency })
  await worker.waitUntilReady()
  return { stop: () => worker.close() }
}

export const bullmq: NodeLibrary = {
  title: 'BullMQ',
  version: packageVersion('bullmq'),
  abilities: ['enqueueMany', 'roundTrip', 'schedule', 'fanIn'],
  isolations: ['none'],
  share: { enqueue: 0.3, work: 0.3 },
  produce,
  work,
  finishedCount: (redis) => redis.zcard(`bull:${QUEUE}:completed`),
}
