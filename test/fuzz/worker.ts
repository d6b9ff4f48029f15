import { randomUUID } from 'node:crypto'
import fc from 'fast-check'
import { Redis } from 'ioredis'
import { Queue, Worker } from '../../lib/index.ts'
import { forgedRecords } from './targets.ts'

const FIXTURES = new URL('../fixtures/', import.meta.url).pathname
const BATCH = 200

/** Lets a worker loose on forged records, with a sound job after each batch. @throws where that does not run, or the worker fails */
export async function fuzzWorker(url: string, records: number, seed: number): Promise<void> {
  const prefix = `f${randomUUID().slice(0, 8)}`
  const redis = new Redis(url)
  const place = { connection: url, prefix }
  await using q = new Queue('q', place)
  const troubles: unknown[] = []
  const note = (error: unknown) => void troubles.push(error)
  process.on('uncaughtException', note).on('unhandledRejection', note)
  const warnings: string[] = []
  const log = (line: string) => void (/Trying again/.test(line) && warnings.push(line))
  const logger = { debug: log, info: log, warn: log, error: log }
  try {
    for (let done = 0; done < records; done += BATCH) {
      const batch = fc.sample(forgedRecords, { numRuns: Math.min(BATCH, records - done), seed: seed + done })
      for (const [i, record] of batch.entries()) {
        const id = `forged-${done + i}`
        const line = redis.multi().hset(`${prefix}:{q}:job:${id}`, record).zadd(`${prefix}:{q}:queued`, i, id)
        if (i % 3 === 0) line.hset(`${prefix}:{q}:watched`, id, record.fx ?? '!')
        await line.exec()
      }
      const sound = await q.enqueue('./tasks#add', 1, 2)
      const worker = new Worker('q', {
        ...place,
        paths: [FIXTURES],
        isolation: 'none',
        concurrency: 10,
        burst: true,
        logger,
      })
      await worker.run()
      const result = await sound.returnValue()
      const [first = troubles[0]] = warnings
      if (result === 3 && first === undefined) continue
      throw new Error(`batch ${done} of seed ${seed}: the sound job gave ${result}; ${String(first)}`)
    }
  } finally {
    process.off('uncaughtException', note).off('unhandledRejection', note)
    const keys = await redis.keys(`${prefix}:*`)
    if (keys.length > 0) await redis.unlink(...keys)
    redis.disconnect()
  }
}
