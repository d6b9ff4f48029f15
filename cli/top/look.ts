import type { JobRecord } from '../../lib/core/record.ts'
import { isEnded, type JobStatus, STATES } from '../../lib/core/states.ts'
import { redisNow } from '../../lib/redis/time.ts'
import { bar } from '../bar.ts'
import type { Snapshot } from '../info/snapshot.ts'
import { takeSnapshot } from '../info/snapshot.ts'
import { callOf, errorOf, lastTime } from '../job-view.ts'
import type { Session } from '../session.ts'
import type { Column } from '../table.ts'
import type { Terminal } from '../terminal.ts'
import { age, number, plural } from '../words.ts'
import type { Model, Row } from './model.ts'
import type { Look } from './picture.ts'

/** Jobs of each queue and state that a tab shows. */
const JOBS_OF_EACH = 50
/** Queues whose jobs are listed where none was entered. */
const QUEUES_AT_ONCE = 20
const BAR = 8

/** Asks Redis for what the tab shows. */
export async function lookAtTab(session: Session, model: Model, terminal: Terminal): Promise<Look> {
  const snapshot = await takeSnapshot(session, [])
  const summary = summaryOf(snapshot)
  switch (model.tab) {
    case 'queues':
      return { summary, columns: QUEUE_COLUMNS, rows: queueRows(snapshot, terminal) }
    case 'workers':
      return { summary, columns: WORKER_COLUMNS, rows: workerRows(snapshot) }
    case 'jobs':
      return { summary, columns: JOB_COLUMNS, rows: await jobRows(session, snapshot, model.queue, LISTED) }
    case 'failures':
      return { summary, columns: FAILURE_COLUMNS, rows: await failureRows(session, snapshot) }
  }
}

function summaryOf({ queues, workers, redis, isSuspended }: Snapshot): string {
  const waiting = queues.reduce((sum, { counts }) => sum + counts.queued, 0)
  const suspended = isSuspended ? '  suspended: no worker takes jobs until rq resume' : ''
  return `rq top  ${plural(queues.length, 'queue')}, ${number(waiting)} queued, ${plural(workers.length, 'worker')}  ${redis.version} ${redis.address}${suspended}`
}

const QUEUE_COLUMNS: readonly Column[] = [
  { head: 'queue', shrink: true },
  { head: '' },
  { head: 'queued', right: true },
  { head: 'running', right: true },
  { head: 'done', right: true },
  { head: 'failed', right: true },
  { head: 'oldest', right: true },
  { head: 'workers', right: true },
  { head: '' },
]

function queueRows({ queues }: Snapshot, { utf8 }: Terminal): Row[] {
  const most = Math.max(0, ...queues.map(({ counts }) => counts.queued))
  return queues.map(({ name, counts, totals, oldestMs, workers, isPaused }) => ({
    key: name,
    queue: name,
    cells: [
      name,
      bar(counts.queued, most, BAR, utf8),
      number(counts.queued),
      number(counts.started),
      number(totals.finished),
      number(counts.failed),
      oldestMs === null ? '' : age(oldestMs),
      number(workers),
      isPaused ? 'paused' : counts.queued > 0 && workers === 0 ? 'no workers' : '',
    ],
  }))
}

const WORKER_COLUMNS: readonly Column[] = [
  { head: 'worker', shrink: true },
  { head: 'state' },
  { head: 'queues', shrink: true },
  { head: 'ok', right: true },
  { head: 'failed', right: true },
  { head: 'up', right: true },
  { head: 'running' },
]

function workerRows({ workers }: Snapshot): Row[] {
  return workers.map(({ name, state, queues, finished, failed, upMs, running }) => ({
    key: name,
    cells: [
      name,
      state,
      queues.join(', '),
      number(finished),
      number(failed),
      age(upMs),
      running ? `${running.call} for ${age(running.forMs)}` : '',
    ],
  }))
}

const JOB_COLUMNS: readonly Column[] = [
  { head: 'state' },
  { head: 'queue', shrink: true },
  { head: 'age', right: true },
  { head: 'id', shrink: true },
  { head: 'job' },
]
/** What runs and what is to come, then what is over. */
const LISTED = ['started', ...STATES.filter((state) => state !== 'started')] as const

async function jobRows(
  session: Session,
  snapshot: Snapshot,
  queue: string | undefined,
  states: readonly JobStatus[],
): Promise<Row[]> {
  const { records, now } = await recordsOf(session, snapshot, queue, states)
  return records.map((record) => ({
    ...rowOf(record),
    cells: [record.status, record.queue, age(now - lastTime(record)), record.id, callOf(record)],
  }))
}

const FAILURE_COLUMNS: readonly Column[] = [
  { head: 'queue', shrink: true },
  { head: 'ago', right: true },
  { head: 'id', shrink: true },
  { head: 'job', shrink: true },
  { head: 'error' },
]

async function failureRows(session: Session, snapshot: Snapshot): Promise<Row[]> {
  const { records, now } = await recordsOf(session, snapshot, undefined, ['failed'])
  records.sort((a, b) => lastTime(b) - lastTime(a))
  return records.map((record) => {
    const error = errorOf(record)
    const text = error ? `${error.name}: ${error.message}` : ''
    return {
      ...rowOf(record),
      cells: [record.queue, age(now - lastTime(record)), record.id, callOf(record), text],
    }
  })
}

function rowOf({ queue, id, status }: JobRecord): Pick<Row, 'key' | 'job'> {
  return { key: `${id}@${queue}`, job: { queue, id, status } }
}

/** State by state; of each queue the next ones, or those that ended last. */
async function recordsOf(
  { store, connection }: Session,
  { queues }: Snapshot,
  queue: string | undefined,
  states: readonly JobStatus[],
): Promise<{ records: JobRecord[]; now: number }> {
  const asked = queues.filter(({ name }) => queue === undefined || name === queue).slice(0, QUEUES_AT_ONCE)
  const wanted = states.flatMap((state) =>
    asked
      .filter(({ counts }) => counts[state] > 0)
      .map(({ name, counts }) => ({ name, state, total: counts[state] })),
  )
  const [now, pages] = await Promise.all([
    connection.attempt(redisNow),
    Promise.all(
      wanted.map(async ({ name, state, total }) => {
        const offset = isEnded(state) ? Math.max(0, total - JOBS_OF_EACH) : 0
        const ids = await store.list(name, state, { offset, limit: JOBS_OF_EACH })
        const records = await store.fetch(name, isEnded(state) ? ids.reverse() : ids)
        return records.filter((record) => record !== undefined)
      }),
    ),
  ])
  return { records: pages.flat(), now }
}
