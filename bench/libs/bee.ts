import BeeQueue from 'bee-queue'
import { type NodeLibrary, PAYLOAD, QUEUE } from './library.ts'
import { TASKS } from './tasks.ts'
import { packageVersion } from './version.ts'

// bee-queue as its README sets it up: a producer is no worker and hears events only if it uses them; a worker
// hears none but sends them, its default, because without them nobody gets a result. Succeeded jobs are kept.

const produce: NodeLibrary['produce'] = async (endpoint, { results }) => {
  const queue = new BeeQueue(QUEUE, {
    redis: { ...endpoint },
    isWorker: false,
    getEvents: results,
    storeJobs: results,
  })
  await queue.ready()
  const save = async (count: number, delayUntil?: number) => {
    const jobs = Array.from({ length: count }, () => {
      const job = queue.createJob(PAYLOAD)
      return delayUntil === undefined ? job : job.delayUntil(delayUntil)
    })
    for (const error of (await queue.saveAll(jobs)).values()) throw error
  }
  return {
    enqueue: () => queue.createJob(PAYLOAD).save(),
    enqueueMany: save,
    schedule: save,
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

const work: NodeLibrary['work'] = async (endpoint, { task, concurrency }) => {
  const queue = new BeeQueue(QUEUE, {
    redis: { ...endpoint },
    getEvents: false,
    storeJobs: false,
    activateDelayedJobs: true,
  })
  await queue.ready()
  queue.process(concurrency, TASKS[task])
  return { stop: () => queue.close() }
}

export const bee: NodeLibrary = {
  title: 'bee-queue',
  version: packageVersion('bee-queue'),
  abilities: ['enqueueMany', 'roundTrip', 'schedule'],
  isolations: ['none'],
  share: { enqueue: 0.6, work: 0.3 },
  produce,
  work,
  finishedCount: (redis) => redis.scard(`bq:${QUEUE}:succeeded`),
}
