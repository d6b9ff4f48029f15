import { Queue, QueueEvents, Worker } from 'bullmq'
import type { Redis } from 'ioredis'
import { noop } from '../tasks.js'
import type { Endpoint, Library, Producer, ProducerOptions, RunningWorker, WorkerOptions } from './library.ts'
import { PAYLOAD, QUEUE } from './library.ts'
import { packageVersion } from './version.ts'

// BullMQ as its guide sets it up: on ioredis, every option at its default (ids from its counter, completed jobs
// kept so that results can be read), an async processor in the worker's own process, which is its fastest mode.

async function produce(endpoint: Endpoint, { results }: ProducerOptions): Promise<Producer> {
  const queue = new Queue(QUEUE, { connection: { ...endpoint } })
  await queue.waitUntilReady()
  const events = results ? new QueueEvents(QUEUE, { connection: { ...endpoint } }) : undefined
  await events?.waitUntilReady()
  return {
    enqueue: () => queue.add('noop', PAYLOAD),
    enqueueMany: (count) =>
      queue.addBulk(Array.from({ length: count }, () => ({ name: 'noop', data: PAYLOAD }))),
    async roundTrip() {
      const job = await queue.add('noop', PAYLOAD)
      await job.waitUntilFinished(events!)
    },
    async close() {
      await events?.close()
      await queue.close()
    },
  }
}

async function work(endpoint: Endpoint, { concurrency }: WorkerOptions): Promise<RunningWorker> {
  const worker = new Worker(QUEUE, noop, { connection: { ...endpoint }, concurrency })
  await worker.waitUntilReady()
  return { stop: () => worker.close() }
}

export const bullmq: Library = {
  title: 'BullMQ',
  version: packageVersion('bullmq'),
  produce,
  consumer: {
    isolations: ['none'],
    work,
    finishedCount: (redis: Redis) => redis.zcard(`bull:${QUEUE}:completed`),
  },
}
