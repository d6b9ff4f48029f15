import BeeQueue from 'bee-queue'
import type { Redis } from 'ioredis'
import { noop } from '../tasks.js'
import type { Endpoint, Library, Producer, ProducerOptions, RunningWorker, WorkerOptions } from './library.ts'
import { PAYLOAD, QUEUE } from './library.ts'
import { packageVersion } from './version.ts'

// bee-queue as its README sets it up: a producer is no worker and hears events only if it uses them; a worker
// hears none but sends them, its default, because without them nobody gets a result. Succeeded jobs are kept.

async function produce(endpoint: Endpoint, { results }: ProducerOptions): Promise<Producer> {
  const queue = new BeeQueue(QUEUE, {
    redis: { ...endpoint },
    isWorker: false,
    getEvents: results,
    storeJobs: results,
  })
  await queue.ready()
  return {
    enqueue: () => queue.createJob(PAYLOAD).save(),
    async enqueueMany(count) {
      const errors = await queue.saveAll(Array.from({ length: count }, () => queue.createJob(PAYLOAD)))
      for (const error of errors.values()) throw error
    },
    roundTrip: () =>
      new Promise((resolve, reject) => {
        const job = queue.createJob(PAYLOAD)
        job.on('succeeded', resolve)
        job.on('failed', reject)
        job.save().catch(reject)
      }),
    close: () => queue.close(),
  }
}

async function work(endpoint: Endpoint, { concurrency }: WorkerOptions): Promise<RunningWorker> {
  const queue = new BeeQueue(QUEUE, { redis: { ...endpoint }, getEvents: false, storeJobs: false })
  await queue.ready()
  queue.process(concurrency, noop)
  return { stop: () => queue.close() }
}

export const bee: Library = {
  title: 'bee-queue',
  version: packageVersion('bee-queue'),
  produce,
  consumer: {
    isolations: ['none'],
    work,
    finishedCount: (redis: Redis) => redis.scard(`bq:${QUEUE}:succeeded`),
  },
}
