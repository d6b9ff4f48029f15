import { randomUUID } from 'node:crypto'
import { Redis } from 'ioredis'
import { afterEach, beforeEach, expect } from 'vitest'
import { Queue, type QueueOptions, Worker, type WorkerOptions } from '../../lib/index.ts'
import { wipe } from './keyspace.ts'
import { plainClient } from './plain-client.ts'
import { walk } from './walker.ts'

/** The root of the tasks that tests enqueue by path. */
export const FIXTURES = new URL('../fixtures/', import.meta.url).pathname

export const REDIS_URL = process.env.FUNQ_TEST_REDIS_URL!

/**
 * A prefix of its own for each test, queues and workers that end with it, and the walker after it.
 * @param options.url of the server, known once the tests run; by default that of the whole run
 * @param options.slackMs see `walk`
 */
export function harness({
  url: getUrl = () => REDIS_URL,
  slackMs = 0,
}: {
  url?: () => string
  slackMs?: number
} = {}) {
  let url = ''
  let prefix = ''
  let redis: Redis
  let closers: (() => Promise<unknown>)[] = []

  beforeEach(() => {
    url = getUrl()
    prefix = `t${randomUUID().slice(0, 8)}`
    redis = plainClient(url)
  })

  afterEach(async () => {
    for (const close of closers.reverse()) await close()
    closers = []
    const broken = await walk(redis, prefix, slackMs)
    await wipe(redis, prefix)
    redis.disconnect()
    expect(broken).toEqual([])
  })

  return {
    get prefix() {
      return prefix
    },
    get url() {
      return url
    },
    get redis() {
      return redis
    },
    base: (queue: string) => `${prefix}:{${queue}}:`,
    queue(name = 'q', options: QueueOptions = {}): Queue {
      const queue = new Queue(name, { connection: url, prefix, ...options })
      closers.push(() => queue.close())
      return queue
    },
    /** In this process unless told otherwise: the quickest to start. */
    worker(queues: string | string[] = 'q', options: WorkerOptions = {}): Worker {
      const worker = new Worker(queues, {
        connection: url,
        prefix,
        paths: [FIXTURES],
        isolation: 'none',
        ...options,
      })
      closers.push(() => worker.stopNow())
      return worker
    },
    /** Runs all that is queued, and what that releases. */
    async drain(queues: string | string[] = 'q', options: WorkerOptions = {}) {
      return this.worker(queues, { burst: true, ...options }).run()
    },
    /** Waits until a `hold` task of this name runs. */
    async reached(name: string): Promise<void> {
      const blocking = new Redis(REDIS_URL)
      const reached = await blocking.blpop(`gate:${prefix}:${name}:reached`, 20)
      blocking.disconnect()
      if (!reached) throw new Error(`no task came to the gate '${name}' within 20 s`)
    },
    /** Lets a `hold` task go on. */
    async open(name: string): Promise<void> {
      const gates = new Redis(REDIS_URL)
      await gates.rpush(`gate:${prefix}:${name}`, 1)
      await gates.expire(`gate:${prefix}:${name}`, 60)
      gates.disconnect()
    },
    /** The argument for a `hold` task. */
    gate: (name: string) => `gate:${prefix}:${name}`,
  }
}

/** Collects a worker's log lines. */
export function logbook() {
  const lines: string[] = []
  const add = (line: string) => void lines.push(line)
  return { lines, text: () => lines.join('\n'), logger: { debug: add, info: add, warn: add, error: add } }
}
