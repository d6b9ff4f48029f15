import type { TracedRun } from '../core/metric-cell.ts'
import { STATES } from '../core/states.ts'
import { version } from '../core/version.ts'
import type { ScrapeFacts } from '../redis/scrape-facts.ts'
import type { FunctionCell } from './functions.ts'
import { counter, gauge, histogramSamples, type MetricSpec, one, type Sample } from './metric.ts'

type Queue = ScrapeFacts['queues'][number]

const WORKER_STATES = ['idle', 'busy', 'suspended', 'stopping']
/** How the runs that workers count are called here, each by one word; those that were lost with their worker are known by queue alone. */
const OUTCOMES: Readonly<Record<string, (cell: FunctionCell['cell']) => number>> = {
  success: ({ finished }) => finished,
  // An earlier version may have counted on in between, without the second of them.
  failed: ({ failed, timedOut }) => Math.max(0, failed - timedOut),
  timeout: ({ timedOut }) => timedOut,
  retried: ({ retried }) => retried,
  canceled: ({ stopped }) => stopped,
}

/** The names that rq-exporter gave them, so that its dashboards work, and for the rest those that exporters of other queues use. */
export const SPECS: readonly MetricSpec[] = [
  gauge('rq_jobs', 'Jobs by queue and status', ({ queues }) =>
    queues.flatMap(({ name, counts }) =>
      STATES.map((status) => ({ labels: { queue: name, status }, value: counts[status] })),
    ),
  ),
  gauge(
    'rq_jobs_running',
    'Jobs that workers hold',
    byQueue(({ counts }) => counts.started),
  ),
  gauge(
    'rq_queue_latency_seconds',
    'For how long the job that is next has waited, 0 where none waits',
    byQueue(({ oldestMs }) => (oldestMs ?? 0) / 1000),
  ),
  gauge(
    'rq_queue_paused',
    'Whether the queue hands out nothing for now',
    byQueue(({ isPaused }) => Number(isPaused)),
  ),
  counter(
    'rq_jobs_processed_total',
    'Runs that are over, by how they ended; lost ones without a function',
    (facts) => [...facts.told.flatMap(outcomes), ...facts.queues.map(lost)],
  ),
  {
    name: 'rq_job_duration_seconds',
    help: 'How long runs took',
    type: 'histogram',
    samples: histograms('rq_job_duration_seconds', ({ durations, durationMs, traced }) => [
      durations,
      durationMs,
      traced,
    ]),
  },
  {
    name: 'rq_job_wait_seconds',
    help: 'For how long jobs had been queued when they began',
    type: 'histogram',
    samples: histograms('rq_job_wait_seconds', ({ waits, waitMs }) => [waits, waitMs]),
  },
  gauge('rq_workers', 'Living workers by state', ({ workers }) =>
    WORKER_STATES.map((state) => ({
      labels: { state },
      value: workers.filter((worker) => worker.state === state).length,
    })),
  ),
  gauge('rq_worker_concurrency', 'How many jobs all workers together run at once', ({ workers }) =>
    one(workers.reduce((sum, { concurrency }) => sum + concurrency, 0)),
  ),
  gauge(
    'rq_scheduler_leader',
    'Whether anybody looks after scheduled jobs and cron: every living worker does',
    ({ workers }) => one(Number(workers.length > 0)),
  ),
  gauge(
    'rq_scheduler_lag_seconds',
    'For how long the scheduled job or cron entry has been due that is most overdue',
    ({ queues, cronDue, now }) => {
      const due = [cronDue, ...queues.map((queue) => queue.due)].filter((time) => time !== undefined)
      return one(Math.max(0, ...due.map((time) => now - time)) / 1000)
    },
  ),
  gauge('rq_flow_active', 'Groups that have not ended, of the 500 made last', ({ openGroups }) =>
    one(openGroups),
  ),
  counter(
    'rq_redis_command_errors_total',
    'Error replies of the Redis server, to whomever, since it started',
    ({ server }) => one(server.errorReplies),
  ),
  counter(
    'rq_redis_evicted_keys_total',
    'Keys that Redis has thrown away for want of memory since it started: with jobs in it, any is one too many',
    ({ server }) => one(server.evictedKeys),
  ),
]

/** With a label for each worker: many series where workers come and go. */
export const BY_WORKER: readonly MetricSpec[] = [
  gauge('rq_worker_heartbeat_age_seconds', 'How long ago each worker was last heard', ({ workers }) =>
    workers.map(({ name, heartbeatAgeMs }) => ({ labels: { worker: name }, value: heartbeatAgeMs / 1000 })),
  ),
  gauge(
    'rq_worker_event_loop_lag_seconds',
    'By how much the event loop of each worker that has jobs was late between its last two heartbeats; quantile 1 is the longest that it stood still',
    ({ workers }) =>
      workers.flatMap(({ name: worker, lag }) =>
        lag === undefined
          ? []
          : [
              { labels: { worker, quantile: '0.99' }, value: lag.p99Ms / 1000 },
              { labels: { worker, quantile: '1' }, value: lag.maxMs / 1000 },
            ],
      ),
  ),
]

export function buildInfo(): Sample[] {
  return [{ labels: { version: version(), node: process.version }, value: 1 }]
}

function byQueue(value: (queue: Queue) => number): MetricSpec['samples'] {
  return ({ queues }) => queues.map((queue) => ({ labels: { queue: queue.name }, value: value(queue) }))
}

function outcomes({ queue, func, cell }: FunctionCell): Sample[] {
  return Object.entries(OUTCOMES).map(([outcome, value]) => ({
    labels: { queue, function: func, outcome },
    value: value(cell),
  }))
}

function lost({ name, lost }: Queue): Sample {
  return { labels: { queue: name, function: '', outcome: 'lost' }, value: lost }
}

function histograms(
  name: string,
  of: (
    cell: FunctionCell['cell'],
  ) => readonly [counts: readonly number[], sumMs: number, traced?: TracedRun | undefined],
): MetricSpec['samples'] {
  return (facts) =>
    facts.told.flatMap(({ queue, func, cell }) =>
      histogramSamples(name, { queue, function: func }, ...of(cell)),
    )
}
