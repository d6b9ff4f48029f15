import { isDeepStrictEqual } from 'node:util'
import { getOrMake } from '../../lib/core/get-or-make.ts'
import { DEFAULTS } from '../../lib/core/options.ts'
import { ENDED, isEnded } from '../../lib/core/states.ts'
import type { Found } from './collect.ts'
import type { HorseKill, Strike } from './faults.ts'
import { type Book, refOf, type Sent } from './sent.ts'
import { pidOf } from './worker-pid.ts'
import type { Life } from './workers.ts'

/** What the store and the ledger say when all is over. */
export interface Evidence {
  readonly book: Book
  /** By `id@queue`. */
  readonly jobs: ReadonlyMap<string, Found>
  /** How often each job began. */
  readonly begun: ReadonlyMap<string, number>
  /** How often callbacks were told of each job. */
  readonly told: ReadonlyMap<string, number>
  /** `id ended/total` → how often. */
  readonly groups: ReadonlyMap<string, number>
  /** Counter of a queue, by queue and state. */
  readonly counted: ReadonlyMap<string, Readonly<Record<string, string>>>
  readonly horseKills: readonly HorseKill[]
  readonly strikes: readonly Strike[]
  readonly lives: readonly Life[]
}

/** Redis's clock and what a worker tells of times may differ by this from when a horse was killed. */
const SLACK_MS = 500
/** How a run ended is told by the time that has passed since, which grows while its call waits for a Redis that is away: the record says later. */
const LATE_MS = DEFAULTS.commandTimeoutMs

/** Everything that does not hold, one sentence each. */
export function verify(evidence: Evidence): string[] {
  const { book, jobs } = evidence
  const after = followUps(jobs)
  return [
    ...book.problems,
    ...[...book.sent.values()].flatMap((sent) => verifySent(sent, evidence)),
    ...[...jobs].flatMap(([ref, job]) => verifyJob(ref, job, evidence, after)),
    ...[...book.groups].flatMap(([id, size]) => verifyGroup(id, size, evidence, after)),
    ...verifyCounters(evidence),
  ]
}

/** The jobs that are not there any more. */
export function lost({ book, jobs }: Evidence): string[] {
  return [...book.sent.keys()].filter((ref) => !jobs.has(ref))
}

function verifySent(sent: Sent, evidence: Evidence): string[] {
  const ref = refOf(sent)
  const job = evidence.jobs.get(ref)
  if (!job) return [`${sent.kind} ${ref} is lost: its enqueue resolved, and there is no such job`]
  const problem = judge(sent, job, evidence) ?? judgeOutcome(sent, job)
  return problem ? [`${sent.kind} ${ref} ${problem}`] : []
}

function judge(sent: Sent, job: Found, evidence: Evidence): string | undefined {
  const { jobs, begun, horseKills } = evidence
  const parent = sent.parent && jobs.get(refOf(sent.parent))
  switch (job.status) {
    case 'finished': {
      if (sent.expected.status !== 'finished') return `finished, expected it to fail`
      if (!begun.has(refOf(sent))) return 'finished, and never ran'
      return 'value' in sent.expected && !isDeepStrictEqual(job.value, sent.expected.value)
        ? `returned ${JSON.stringify(job.value)}, expected ${JSON.stringify(sent.expected.value)}`
        : undefined
    }
    case 'failed': {
      const name = job.error?.name ?? ''
      if (name === 'AbandonedJobError')
        return wasAbandoned(job, evidence)
          ? undefined
          : `failed with ${name}, and its workers were not struck so often`
      if (name === 'WorkHorseDiedError' && wasStruck(job, horseKills)) return undefined
      const isExpected = sent.expected.status === 'failed' && name === sent.expected.value
      // Its time may have been over before its module was loaded in a new horse.
      if (isExpected && (begun.has(refOf(sent)) || name === 'JobTimeoutError')) return undefined
      return `failed with ${name}: ${job.error?.message}`
    }
    case 'canceled':
      return sent.mayCancel || parent?.status === 'canceled' ? undefined : `was canceled: ${job.reason}`
    case 'stopped':
      return sent.mayCancel ? undefined : 'was stopped'
    case 'deferred':
      return isBarred(sent, parent) ? undefined : `waits, and its parent is ${parent?.status}`
    default:
      return `is ${job.status} at the end`
  }
}

/** Whether a horse of its worker was killed during its last run. Which of several horses had it, nobody knows afterwards. */
function wasStruck({ worker, startedAt, endedAt }: Found, kills: readonly HorseKill[]): boolean {
  if (worker === undefined || !startedAt || !endedAt) return false
  const [from, to] = [startedAt.getTime() - SLACK_MS - LATE_MS, endedAt.getTime() + SLACK_MS]
  return kills.some(({ workerPid, at }) => workerPid === pidOf(worker) && from <= at && at <= to)
}

/** Whether each of the runs that its workers left, as many as it takes, met what may cost a worker its lease. */
function wasAbandoned({ left }: Found, { strikes, lives }: Evidence): boolean {
  if (left.length < DEFAULTS.maxRecoveries) return false
  return left.every(({ worker, startedAt, endedAt }) => {
    const pid = pidOf(worker)
    const [from, to] = [startedAt.getTime() - SLACK_MS - LATE_MS, (endedAt?.getTime() ?? 0) + SLACK_MS]
    const mine = lives.filter((life) => life.pid === pid)
    if (mine.some(({ endedAt }) => from <= endedAt && endedAt <= to)) return true
    const isMine = ({ pid: one, url }: Strike) =>
      one === undefined ? url === undefined || mine.some((life) => life.url === url) : one === pid
    return strikes.some((strike) => isMine(strike) && strike.from <= to && strike.to >= from)
  })
}

/** Its parent will not finish, or not end, so that it waits on, as it should. */
function isBarred({ allowsFailure }: Sent, parent: Found | undefined): boolean {
  const bars = allowsFailure ? ['deferred'] : ['failed', 'stopped', 'deferred']
  return bars.includes(parent?.status ?? '')
}

/** Whoever awaited it must have heard what stands in the store. */
function judgeOutcome({ outcome }: Sent, job: Found): string | undefined {
  if (!outcome) return undefined
  if (outcome.status !== job.status) return `was awaited as ${outcome.status}, and is ${job.status}`
  if (job.status === 'finished' && !isDeepStrictEqual(outcome.value, job.value))
    return `was awaited as ${JSON.stringify(outcome.value)}, and returned ${JSON.stringify(job.value)}`
  return undefined
}

/** The jobs that follow each end, by the ref of the job, or the group, whose end it was: the rest of their id. */
function followUps(jobs: Evidence['jobs']): ReadonlyMap<string, readonly Found[]> {
  const after = new Map<string, Found[]>()
  for (const job of jobs.values()) {
    const [owner, ...rest] = job.id.split('.')
    if (rest.length === 0) continue
    const owners = owner!.startsWith('group-') ? owner! : `${owner}@${job.queue}`
    getOrMake(after, owners, () => []).push(job)
  }
  return after
}

/** Also of those whose enqueue was rejected, of callbacks, and of cron. */
function verifyJob(
  ref: string,
  job: Found,
  { book, told }: Evidence,
  after: ReadonlyMap<string, readonly Found[]>,
): string[] {
  if (!isEnded(job.status) && job.status !== 'deferred') return [`${ref} is ${job.status} at the end`]
  const sent = book.sent.get(ref)
  if (!sent?.tells || job.status === 'canceled') return []
  const callbacks = after.get(ref) ?? []
  if (callbacks.length !== 1) return [`${ref} has ${callbacks.length} callbacks, expected one`]
  if (callbacks[0]!.status === 'finished' && !told.has(ref)) return [`${ref}: its callback did not run`]
  return []
}

function verifyGroup(
  id: string,
  size: number,
  { groups }: Evidence,
  after: ReadonlyMap<string, readonly Found[]>,
): string[] {
  const callback = after.get(`group-${id}`) ?? []
  if (callback.length !== 1) return [`group ${id} has ${callback.length} callbacks, expected one`]
  const isTold = groups.has(`${id} ${size}/${size}`)
  return callback[0]!.status === 'finished' && !isTold
    ? [`group ${id} was not told that all ${size} have ended`]
    : []
}

/** Every ending is counted by the script that records it: one too many was recorded twice. */
function verifyCounters(evidence: Evidence): string[] {
  return twice(evidence).map(
    ({ queue, state, counted, there }) =>
      `queue ${queue}: ${counted} outcomes '${state}' were recorded, of ${there} jobs`,
  )
}

export function twice({ jobs, counted }: Evidence) {
  return [...counted].flatMap(([queue, counters]) =>
    ENDED.flatMap((state) => {
      const there = [...jobs.values()].filter((job) => job.queue === queue && job.status === state).length
      // Only what has failed is requeued, and then ends once more.
      const again = state === 'failed' ? Number(counters.requeued ?? 0) : 0
      const recorded = Number(counters[state] ?? 0) - again
      return recorded === there ? [] : [{ queue, state, counted: recorded, there }]
    }),
  )
}
