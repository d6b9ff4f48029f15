import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { appendFileSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { Redis } from 'ioredis'
import { Queue } from '../../lib/index.ts'
import { startRedis } from '../../lib/testing/index.ts'
import { toSvg } from './graph.ts'
import { Load } from './load.ts'
import { type Name, type Sample, SERIES, sample } from './sampler.ts'
import { judge, type Verdict } from './slope.ts'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const BIN = join(ROOT, 'dist/cli/rqworker.js')

export interface SoakOptions {
  readonly seconds: number
  readonly perSecond?: number
  /** Between two looks. */
  readonly everyMs?: number
  /** Where soak.json and soak.svg go, and soak.jsonl, a look a line as it is taken. */
  readonly folder: string
}

export interface SoakReport {
  readonly seconds: number
  readonly enqueued: number
  readonly ended: number
  readonly rejected: number
  readonly samples: readonly Sample[]
  readonly verdicts: Readonly<Record<Name, Verdict>>
  readonly growing: readonly Name[]
}

/** A steady load on one worker, watched for whatever grows. */
export async function runSoak(options: SoakOptions): Promise<SoakReport> {
  const { seconds, perSecond = 200, everyMs = 2_000, folder } = options
  mkdirSync(folder, { recursive: true })
  const server = await startRedis({ quiet: true })
  const url = server.url
  const args = [BIN, 'soak', '--url', url, '-c', '8', '--horses', '2', '--results-ttl', '2']
  const worker = spawn(process.execPath, args, { cwd: ROOT, stdio: 'ignore' })
  const abandon = () => void worker.kill('SIGKILL')
  process.once('exit', abandon)
  const redis = new Redis(url)
  const queue = new Queue('soak', { connection: url, defaults: { resultTtl: '2s', failureTtl: '2s' } })
  try {
    const load = new Load(queue, perSecond)
    const ending = AbortSignal.timeout(seconds * 1000)
    const loading = load.run(ending)
    const samples: Sample[] = []
    const since = performance.now()
    while (!ending.aborted) {
      await pause(everyMs)
      const look = await sample((performance.now() - since) / 1000, redis, worker.pid!, load)
      samples.push(look)
      appendFileSync(join(folder, 'soak.jsonl'), `${JSON.stringify(look)}\n`)
    }
    await loading
    const { enqueued, ended, rejected } = load
    return written(folder, { seconds, enqueued, ended, rejected, samples })
  } finally {
    await queue.close()
    redis.disconnect()
    const ended = once(worker, 'exit')
    worker.kill('SIGTERM')
    await ended
    process.off('exit', abandon)
    await server.stop()
  }
}

function written(folder: string, run: Omit<SoakReport, 'verdicts' | 'growing'>): SoakReport {
  const names = Object.keys(SERIES) as Name[]
  const verdicts = Object.fromEntries(
    names.map((name) => {
      const points = run.samples.map((sample) => ({ at: sample.at, value: sample[name] }))
      return [name, judge(points, SERIES[name].allows)]
    }),
  ) as Record<Name, Verdict>
  const growing = names.filter((name) => verdicts[name].word === 'growing')
  const report = { ...run, verdicts, growing }
  writeFileSync(join(folder, 'soak.json'), `${JSON.stringify(report, null, 2)}\n`)
  writeFileSync(join(folder, 'soak.svg'), toSvg(run.samples, verdicts))
  return report
}
