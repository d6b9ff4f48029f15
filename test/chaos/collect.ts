import { Redis } from 'ioredis'
import { STATES } from '../../lib/core/states.ts'
import { type Job, type JobRun, type JobStatus, Queue } from '../../lib/index.ts'
import type { Book } from './sent.ts'
import type { Evidence } from './verify.ts'

/** A job as it stands at the end. */
export interface Found {
  readonly id: string
  readonly queue: string
  readonly status: JobStatus
  /** What it returned. */
  readonly value: unknown
  readonly error: Error | undefined
  readonly reason: string | undefined
  /** Of the run that it ended with. */
  readonly worker: string | undefined
  readonly startedAt: Date | undefined
  readonly endedAt: Date | undefined
  /** Of a job that failed because its workers were gone, each of the runs that they left. */
  readonly left: readonly Pick<JobRun, 'worker' | 'startedAt' | 'endedAt'>[]
}

const PAGE = 500

/** All that is there to be judged. */
export async function collect(
  book: Book,
  names: readonly string[],
  where: { readonly connection: string; readonly prefix: string },
  ledgerUrl: string,
  faults: Pick<Evidence, 'horseKills' | 'strikes' | 'lives'>,
): Promise<Evidence> {
  const jobs = new Map<string, Found>()
  for (const name of names) {
    const queue = new Queue(name, where)
    for (const state of STATES) for await (const found of inState(queue, state)) jobs.set(refOf(found), found)
    await queue.close()
  }
  const redis = new Redis(where.connection)
  const counted = new Map<string, Record<string, string>>()
  for (const name of names) counted.set(name, await redis.hgetall(`${where.prefix}:{${name}}:stats`))
  redis.disconnect()
  const ledger = new Redis(ledgerUrl)
  const [begun, told, groups] = await Promise.all(
    ['begun', 'told', 'groups'].map((name) => read(ledger, name)),
  )
  ledger.disconnect()
  return { book, jobs, counted, ...faults, begun: begun!, told: told!, groups: groups! }
}

async function* inState(queue: Queue, state: JobStatus): AsyncGenerator<Found> {
  for (let offset = 0; ; offset += PAGE) {
    const page = await queue.jobs(state, { offset, limit: PAGE })
    yield* await Promise.all(page.map(toFound))
    if (page.length < PAGE) return
  }
}

async function toFound(job: Job): Promise<Found> {
  const value = job.status === 'finished' ? await job.result : undefined
  const { id, queue, status, error, reason, worker, startedAt, endedAt } = job
  // The last of them is that of its end.
  const runs = error?.name === 'AbandonedJobError' ? await job.runs() : []
  const left = runs.filter(({ outcome }, i) => outcome === 'abandoned' || i === runs.length - 1)
  return { id, queue, status, value, error, reason, worker, startedAt, endedAt, left }
}

async function read(ledger: Redis, name: string): Promise<Map<string, number>> {
  const hash = await ledger.hgetall(name)
  return new Map(Object.entries(hash).map(([entry, count]) => [entry, Number(count)]))
}

function refOf({ id, queue }: Found): string {
  return `${id}@${queue}`
}
