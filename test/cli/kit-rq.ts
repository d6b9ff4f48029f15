import { randomUUID } from 'node:crypto'
import { inject, onTestFinished } from 'vitest'
import { rq } from '../../cli/commands/index.ts'
import { runProgram } from '../../cli/program.ts'
import { Queue, type QueueOptions, Worker } from '../../lib/index.ts'
import { type FakeHost, fakeHost } from './kit.ts'

export interface Ran {
  readonly code: number
  readonly out: string
  readonly err: string
  /** What `--json` printed. */
  readonly json: any
}

interface RunOptions {
  readonly env?: Record<string, string>
  readonly isTTY?: boolean
  readonly cwd?: string
  readonly input?: string
}

/** A prefix of its own on the real Redis, and `rq` run against it. */
export function place() {
  const url = inject('redisUrl')
  const prefix = `rq-${randomUUID().slice(0, 8)}`
  const host = (options: RunOptions): FakeHost =>
    fakeHost({ ...options, env: { RQ_REDIS_URL: url, RQ_PREFIX: prefix, LANG: 'C.UTF-8', ...options.env } })
  return {
    url,
    prefix,
    host,
    queue(name = 'default', options: QueueOptions = {}): Queue {
      const queue = new Queue(name, { connection: url, prefix, ...options })
      onTestFinished(() => queue.close())
      return queue
    },
    /** Runs all that is queued. */
    async drain(...queues: string[]): Promise<void> {
      await this.worker(queues, { burst: true }).run()
    },
    worker(queues: string[], options: object = {}): Worker {
      const worker = new Worker(queues, { connection: url, prefix, isolation: 'none', ...options })
      onTestFinished(() => worker.stopNow())
      return worker
    },
    /** Runs `rq` with these words. */
    async rq(words: readonly string[], options: RunOptions = {}): Promise<Ran> {
      const its = host(options)
      const code = await runProgram(rq, words, its)
      const out = its.stdout.text
      return {
        code,
        out,
        err: its.stderr.text,
        get json() {
          return JSON.parse(out)
        },
      }
    },
  }
}

/** `rq` without a Redis. */
export async function rqOffline(words: readonly string[], options: RunOptions = {}): Promise<Ran> {
  const its = fakeHost({ env: {}, ...options })
  const code = await runProgram(rq, words, its)
  const out = its.stdout.text
  return { code, out, err: its.stderr.text, json: undefined }
}
