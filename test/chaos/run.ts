import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Redis } from 'ioredis'
import { Cron, Queue } from '../../lib/index.ts'
import { type RedisServer, startRedis } from '../../lib/testing/index.ts'
import { FaultProxy } from '../kit/fault-proxy.ts'
import { walk } from '../kit/walker.ts'
import { Backlog } from './backlog.ts'
import { collect } from './collect.ts'
import { drain } from './drain.ts'
import { type Arena, Killer } from './faults.ts'
import { ROUGH_WEIGHTS, WEIGHTS } from './mix.ts'
import { type Habit, produce } from './producer.ts'
import { Random } from './random.ts'
import { figuresOf, type Report } from './report.ts'
import { Book } from './sent.ts'
import { verifySteps } from './stepped.ts'
import * as tasks from './tasks.ts'
import { Timeline } from './timeline.ts'
import { verify } from './verify.ts'
import { WorkerPlace, type WorkerSpec } from './workers.ts'

export interface ChaosOptions {
  /** Of the time in which jobs are enqueued and faults strike; all the rest is done as quickly as it can be. */
  readonly seconds: number
  readonly seed: number
  /** Mean time between two faults. */
  readonly gapMs?: number
  readonly producers?: number
  readonly say?: (line: string) => void
}

const PREFIX = 'chaos'
const PLAIN = ['a', 'b', 'c']
const ROUGH = 'rough'
const QUEUES = [...PLAIN, ROUGH]
/** Longer than any run: what has ended is counted at its end. */
const KEEP = '7d'
/** So many jobs may be left to do before producers hold back. */
const ROOM = { all: 400, rough: 48 }
/** One producer in so many makes rough jobs only. */
const ROUGH_EVERY = 4

/** One run: load and faults, then peace, then the verdict. It leaves no process behind. */
export async function runChaos(options: ChaosOptions): Promise<Report> {
  const { seed, say = () => {} } = options
  const folder = mkdtempSync(join(tmpdir(), `funq-chaos-${seed}-`))
  const timeline = new Timeline(join(folder, 'timeline.log'), say)
  const server = await startRedis({ appendonly: true, args: ['--appendfsync', 'always'], quiet: true })
  const ledger = await startRedis({ quiet: true })
  const links = await Promise.all([1, 2, 3].map(() => FaultProxy.open(server.url)))
  const env = { FUNQ_CHAOS_LEDGER: ledger.url }
  const workers = specs(links).map((spec) => new WorkerPlace(spec, env, folder))
  const abandon = () => {
    for (const worker of workers) worker.abandon()
  }
  process.once('exit', abandon)
  try {
    return await play(options, { server, ledger, links, workers, timeline, folder })
  } finally {
    process.off('exit', abandon)
    abandon()
    for (const link of links) await link.refuse()
    await server.stop()
    await ledger.stop()
  }
}

interface Stage extends Omit<Arena, 'queues'> {
  readonly ledger: RedisServer
  readonly timeline: Timeline
  readonly folder: string
}

async function play(options: ChaosOptions, stage: Stage): Promise<Report> {
  const { seconds, seed, gapMs = 700, producers = 8 } = options
  const { server, ledger, links, workers, timeline, folder } = stage
  for (const worker of workers) worker.start()
  const book = new Book()
  const where = { connection: links[2]!.url, prefix: PREFIX }
  const direct = { connection: server.url, prefix: PREFIX }
  const queues = QUEUES.map((name) => new Queue(name, { ...where, defaults: { resultTtl: KEEP } }))
  const cron = new Cron(direct)
  await cron.register({ name: 'tick', every: '1s', func: tasks.tick, queue: 'a', resultTtl: KEEP })
  const killer = new Killer({ ...stage, queues }, new Random(seed), (line) => timeline.note(line))
  const ending = AbortSignal.timeout(seconds * 1000)
  const looking = QUEUES.map((name) => new Queue(name, direct))
  const backlog = new Backlog(looking)
  const producing = Array.from({ length: producers }, (_, n) => {
    const random = new Random(seed + 1 + n)
    const place = { book, random, queues: queues.slice(0, -1), rough: queues.at(-1)!, where }
    return produce(place, habitOf(n, random, backlog), ending)
  })
  await Promise.all([killer.run(gapMs, ending), backlog.watch(ending), ...producing])
  await Promise.all(looking.map((queue) => queue.close()))

  timeline.note('faults are over')
  await cron.pause('tick')
  const stuck = await drain(book, QUEUES, direct, timeline)
  const { runs } = await cron.fetch('tick')
  await cron.close()
  timeline.note('stopping the workers')
  await Promise.all(workers.map((worker) => worker.end()))

  const evidence = await collect(book, QUEUES, direct, ledger.url, {
    horseKills: killer.horseKills,
    strikes: killer.strikes,
    lives: workers.flatMap(({ lives }) => lives),
  })
  const ticks = [...evidence.jobs.values()].filter(({ id }) => id.startsWith('cron-tick-')).length
  const problems = [
    ...stuck,
    ...verify(evidence),
    ...(await verifySteps(ledger.url)),
    ...(ticks === runs ? [] : [`cron fired ${runs} slots, and there are ${ticks} jobs of it`]),
    ...workers.flatMap((worker) => worker.problems),
    ...(await walkAll(server)),
  ]
  for (const problem of problems) timeline.note(`BROKEN ${problem}`)
  book.closing = true
  await Promise.all(queues.map((queue) => queue.close()))
  return { seed, seconds, folder, problems, figures: figuresOf(evidence, { killer, workers, backlog }) }
}

function habitOf(n: number, random: Random, backlog: Backlog): Habit {
  const gapMs = random.between(50, 150)
  if (n % ROUGH_EVERY === ROUGH_EVERY - 1)
    return { weights: ROUGH_WEIGHTS, gapMs, hasRoom: () => backlog.size(ROUGH) < ROOM.rough }
  return { weights: WEIGHTS, gapMs, hasRoom: () => backlog.size() < ROOM.all }
}

function specs(links: readonly FaultProxy[]): WorkerSpec[] {
  const [one, two] = [links[0]!.url, links[1]!.url]
  const at = (url: string, label: string, queues: string[], ...flags: string[]) => ({
    label,
    url,
    queues,
    flags,
  })
  const all = ['-c', '4', '--results-ttl', KEEP]
  return [
    at(one, 'process', ['a', 'b', 'c', ROUGH], ...all),
    at(two, 'shared', [ROUGH, 'c', 'a', 'b'], ...all, '--horses', '2', '-D', 'round_robin'),
    at(two, 'thread', ['c', ROUGH, 'a'], ...all, '--isolation', 'thread', '--horses', '2'),
    at(one, 'none', ['b', 'c', 'a'], ...all, '--isolation', 'none'),
  ]
}

async function walkAll(server: RedisServer): Promise<string[]> {
  const redis = new Redis(server.url)
  try {
    return (await walk(redis, PREFIX)).map((problem) => `walker: ${problem}`)
  } finally {
    redis.disconnect()
  }
}
