import { STATES } from '../../lib/core/states.ts'
import type { Data } from '../../lib/dashboard/bindings.ts'
import type {
  CronRow,
  ErrorGroup,
  Flow,
  JobDetail,
  JobPage,
  JobRow,
  MetricsReport,
  Overview,
  QueueRow,
  WorkerRow,
} from '../../lib/dashboard/data/index.ts'

/** Data of every kind of page, made up: each text of it can be told by `text`, so that it may hold anything. */
export interface Sample extends Data {
  /** What was done, as `name argument argument`. */
  readonly calls: string[]
}

const NOW = Date.UTC(2026, 4, 1, 12)

interface SampleOptions {
  /** Makes a text out of what it is for and a plain one. */
  readonly text?: (field: string, plain: string) => string
  readonly now?: number
  readonly args?: string
}

export function sample({
  text = (_, plain) => plain,
  now = NOW,
  args = '[42,{"to":"ann@example.com","password":"hunter2"}]',
}: SampleOptions = {}): Sample {
  const calls: string[] = []
  const did = (...words: unknown[]) =>
    void calls.push(
      words.map((word) => (typeof word === 'object' ? JSON.stringify(word) : String(word))).join(' '),
    )
  const progress = { next: null, done: 1, changed: 1, total: 1, skipped: [], skippedCount: 0 }
  const row = (n: number, more: Partial<JobRow> = {}): JobRow => ({
    id: text('id', `job-${n}`),
    queue: text('queue', ['default', 'mail.bulk', 'mail.urgent'][n % 3]!),
    func: text('func', './tasks/mail#send'),
    preview: text('preview', `send(${n}, { to: 'ann@example.com' })`),
    argsBytes: 120,
    state: STATES[n % STATES.length]!,
    tags: [text('tag', `user:${n}`)],
    attempt: n % 3,
    worker: n % 2 ? text('worker', 'web-1.4711') : null,
    createdAt: now - n * 61_000 - 5_000,
    queuedAt: now - n * 61_000 - 4_000,
    dueAt: null,
    startedAt: now - n * 61_000 - 2_000,
    endedAt: n % 2 ? now - n * 61_000 : null,
    waitedMs: 2_000 + n * 13,
    ranMs: 1_990 + n * 7,
    error:
      STATES[n % STATES.length] === 'failed' ? text('error', 'TypeError: cannot read the address') : null,
    ...more,
  })
  const page = (rows: readonly JobRow[]): JobPage => ({
    rows,
    next: 'c2',
    scanned: rows.length,
    total: 81_234,
    isCut: false,
    now,
  })
  const queue = (name: string, n: number): QueueRow => ({
    name: text('queue', name),
    counts: {
      queued: n * 17,
      started: n % 3,
      deferred: n % 4,
      scheduled: n * 2,
      limited: 0,
      finished: n * 1_234,
      failed: n % 2 ? n * 3 : 0,
      stopped: 0,
      canceled: n % 5,
    },
    totals: { finished: n * 12_345, failed: n * 3, retried: n, canceled: 0, recovered: 0, lost: 0 },
    oldestMs: n === 0 ? null : n * 91_000,
    nextDueAt: now + 90_000,
    workers: n === 4 ? 0 : n,
    pauses:
      n === 3
        ? [
            {
              kind: 'paused',
              until: null,
              since: now - 600_000,
              by: text('pauser', 'ann'),
              reason: text('reason', 'provider is down'),
            },
          ]
        : [],
  })
  const queues = ['default', 'mail.bulk', 'mail.urgent', 'reports', 'video'].map((name, n) => queue(name, n))
  const group = (n: number): ErrorGroup => ({
    fingerprint: text('fingerprint', `3f2a9c1${n}`),
    name: text('errorName', ['TypeError', 'TimeoutError', 'HTTPError'][n % 3]!),
    message: text('message', `connect ETIMEDOUT 10.0.0.${n}:443 while sending`),
    jobs: 143 - n * 40,
    count: 2_143 - n * 40,
    firstAt: now - 86_400_000,
    lastAt: now - 60_000 * (n + 1),
    queues: [text('queue', 'mail.bulk')],
    functions: [text('func', './tasks/mail#send')],
    sample: `${text('id', 'job-5')}@${text('queue', 'mail.bulk')}`,
    snoozedUntil: n === 2 ? now + 3_600_000 : null,
  })
  const worker = (n: number): WorkerRow => ({
    name: text('worker', `web-${n}.4711`),
    queues: [text('queue', 'default'), text('queue', 'mail.bulk')],
    state: (['busy', 'idle', 'stopping', 'suspended'] as const)[n % 4]!,
    isSilent: n === 5,
    host: text('host', 'web-1'),
    pid: 4711,
    version: '0.1.0',
    node: 'v22.1.0',
    isolation: 'process',
    concurrency: 4,
    bornAt: now - 86_400_000,
    heardAt: now - 4_000,
    finished: 12_345,
    failed: 12,
    retried: 3,
    stopped: 0,
    workedMs: 9e6,
    rssBytes: 98_000_000,
    eventLoopLag: n === 3 ? null : { p99Ms: 3 + n, maxMs: n === 1 ? 1_234 : 20 },
    busy: n % 2 ? 0 : 2,
    jobs:
      n % 2
        ? []
        : [
            {
              id: text('id', 'job-1'),
              queue: text('queue', 'default'),
              func: text('func', './tasks#send'),
              preview: text('preview', 'send(1)'),
              startedAt: now - 5_000,
            },
          ],
  })
  const error = {
    name: text('errorName', 'TypeError'),
    message: text('message', 'cannot read the address'),
    stack: text('stack', 'TypeError: …\n    at send (/app/tasks/mail.ts:12:7)'),
    cause: { name: 'Error', message: text('message', 'socket hang up') },
  }
  const long = (value: string) => ({ text: value, bytes: value.length, isCut: false })
  const detail = (id: string, queueName?: string): JobDetail => ({
    row: row(5, {
      id,
      queue: queueName ?? 'mail.bulk',
      state: 'failed',
      error: text('error', 'TypeError: x'),
      endedAt: now - 60_000,
    }),
    now,
    description: text('description', 'sends a mail'),
    priority: 3,
    recoveries: 1,
    repetitions: 0,
    requeues: 1,
    retry: { max: 3, left: 1 },
    repeat: null,
    timeoutMs: 180_000,
    resultTtlMs: 500_000,
    failureTtlMs: null,
    waitsUntil: null,
    expiresAt: now + 86_400_000,
    position: null,
    reason: text('reason', 'no longer needed'),
    isSigned: true,
    payloads: {
      args: long(args),
      result: null,
      error: null,
      meta: long(`{"trace":${JSON.stringify(text('meta', 'abc'))}}`),
      progress: long('0.4'),
      options: long('{"tags":["user:5"]}'),
    },
    error,
    fingerprint: text('fingerprint', '3f2a9c10'),
    runs: [
      {
        attempt: 1,
        worker: text('worker', 'web-1.4711'),
        startedAt: now - 200_000,
        endedAt: now - 190_000,
        outcome: 'retry',
        error,
      },
      {
        attempt: 2,
        worker: text('worker', 'web-2.99'),
        startedAt: now - 70_000,
        endedAt: now - 60_000,
        outcome: 'failed',
        error,
      },
    ],
    log: {
      lines: [
        { at: now - 190_000, source: 'log', text: text('log', 'connecting …') },
        { at: now - 189_000, source: 'stderr', text: text('log', 'token=abcdefgh12345') },
      ],
      total: 2,
    },
    parents: [
      {
        id: text('id', 'job-2'),
        queue: text('queue', 'default'),
        func: text('func', './tasks#load'),
        state: 'finished',
        word: 'finished',
      },
    ],
    dependents: [
      {
        id: text('id', 'job-9'),
        queue: text('queue', 'default'),
        func: text('func', './tasks#report'),
        state: 'deferred',
      },
    ],
    dependentsTotal: 4,
    told: [
      {
        id: text('id', 'job-8'),
        queue: text('queue', 'default'),
        func: text('func', './tasks#publish'),
        state: 'finished',
      },
    ],
    group: null,
    retriedFrom: text('id', 'job-0'),
    cronEntry: text('cron', 'nightly'),
    traceId: '0af7651916cd43dd8448eb211c80319c',
  })
  const redis = {
    version: '7.2.5',
    usedBytes: 123_456_789,
    maxBytes: 1_073_741_824,
    policy: 'noeviction',
    isAofOn: true,
    connectedClients: 12,
    opsPerSecond: 4_321,
    uptimeSeconds: 432_100,
  }
  const overview: Overview = {
    now,
    problems: [
      {
        level: 'problem',
        code: 'no-workers',
        message: text('problem', 'video: 68 jobs wait, and no worker listens'),
        hint: text('hint', 'Start one: rq worker video'),
        subject: text('queue', 'video'),
      },
      {
        level: 'warning',
        code: 'paused',
        message: text('problem', 'reports is paused'),
        hint: null,
        subject: text('queue', 'reports'),
      },
    ],
    totals: {
      queued: 170,
      started: 4,
      deferred: 6,
      scheduled: 20,
      limited: 0,
      finished: 12_340,
      failed: 12,
      stopped: 0,
      canceled: 10,
    },
    queues,
    workers: { total: 10, busy: 4, silent: 1 },
    errors: [group(0), group(1), group(2)],
    cron: [{ name: text('cron', 'nightly'), nextAt: now + 3_600_000, queue: text('queue', 'reports') }],
    lastHour: Array.from({ length: 60 }, (_, i) => ({
      at: now - (60 - i) * 60_000,
      finished: Math.round(80 + 60 * Math.sin(i / 6)),
      failed: i % 13 === 0 ? 9 : 0,
    })),
    redis,
  }
  const node = (n: number, depth: number, state: JobRow['state']): Flow['nodes'][number] => ({
    ref: `${text('id', `job-${n}`)}${n}@${text('queue', 'default')}`,
    id: text('id', `job-${n}`),
    queue: text('queue', 'default'),
    func: text('func', './tasks#step'),
    preview: text('preview', `step(${n})`),
    state,
    ranMs: state === 'finished' ? n * 1_000 : null,
    startedAt: now - 9_000,
    endedAt: now - 8_000,
    depth,
    isCritical: n % 2 === 0,
    blockedBy: [],
  })
  const nodes = [
    node(0, 0, 'finished'),
    node(1, 0, 'finished'),
    node(2, 1, 'finished'),
    node(3, 1, 'failed'),
    node(4, 1, 'started'),
    { ...node(5, 2, 'deferred'), blockedBy: [node(3, 1, 'failed').ref, node(4, 1, 'started').ref] },
    { ...node(6, 3, 'deferred'), blockedBy: [node(5, 2, 'deferred').ref] },
  ]
  const edge = (from: number, to: number) => ({ from: nodes[from]!.ref, to: nodes[to]!.ref, isOpen: to > 4 })
  const flow: Flow = {
    nodes,
    edges: [edge(0, 2), edge(1, 2), edge(1, 3), edge(0, 4), edge(2, 5), edge(3, 5), edge(4, 5), edge(5, 6)],
    group: null,
    criticalMs: 12_000,
    isCut: false,
    now,
  }
  const quantiles = (p50: number) => ({ p50, p95: p50 * 3, p99: p50 * 7, mean: p50 * 1.2 })
  const metrics: MetricsReport = {
    now,
    tier: 'minute',
    stepMs: 60_000,
    points: Array.from({ length: 60 }, (_, i) => ({
      at: now - (60 - i) * 60_000,
      finished: Math.round(100 + 60 * Math.sin(i / 8)),
      failed: i % 9,
      retried: i % 5,
      stopped: 0,
      duration: i % 17 === 3 ? null : quantiles(120 + i),
      wait: quantiles(40 + (i % 7) * 9),
    })),
    total: {
      finished: 6_000,
      failed: 120,
      retried: 80,
      stopped: 0,
      duration: quantiles(140),
      wait: quantiles(60),
    },
    functions: ['mail#send', 'report#build', 'video#encode'].map((name, i) => ({
      func: text('func', `./tasks/${name}`),
      finished: 3_000 / (i + 1),
      failed: 40 * i,
      retried: 4,
      stopped: 0,
      duration: quantiles(100 * (i + 1)),
      wait: quantiles(30),
    })),
  }
  const workers = [0, 1, 2, 3, 4, 5].map(worker)
  const cron: CronRow[] = [
    {
      name: text('cron', 'nightly'),
      queue: text('queue', 'reports'),
      func: text('func', './tasks#report'),
      preview: text('preview', 'report()'),
      schedule: { cron: '30 2 * * *', timezone: 'Europe/Berlin' },
      isPaused: false,
      next: [now + 3_600_000, now + 90_000_000],
      lastAt: now - 80_000_000,
      lastJob: { id: text('id', 'job-3'), queue: text('queue', 'reports'), func: 'x', state: 'finished' },
      history: (['gone', 'finished', 'failed', 'finished'] as const).map((state, n) => ({
        at: now - 80_000_000 - (3 - n) * 86_400_000,
        state,
      })),
      runs: 41,
      missed: 'skip',
      overlap: 'allow',
      damage: null,
    },
    {
      name: `${text('cron', 'sync')}2`,
      queue: text('queue', 'default'),
      func: text('func', './tasks#sync'),
      preview: text('preview', 'sync()'),
      schedule: { everyMs: 90_000 },
      isPaused: true,
      next: [],
      lastAt: null,
      lastJob: null,
      history: [],
      runs: 0,
      missed: 'skip',
      overlap: 'allow',
      damage: text('damage', 'its arguments are damaged'),
    },
  ]
  return {
    calls,
    readOverview: async () => overview,
    readQueues: async () => queues,
    readClock: async () => now,
    readPace: async (_, names) =>
      new Map(
        names.map((name, i) => [
          name,
          {
            minutes: Array.from({ length: 60 }, (_, n) => Math.round(9 * i * (1 + Math.sin(n / 5)))),
            perMinute: i * 3,
            before: { at: now - 600_000, queued: 10 * i, ended: 30 * i },
          },
        ]),
      ),
    readQueue: async (_, name) =>
      queues.find((each) => each.name === name) ?? (name === 'none' ? undefined : { ...queue('x', 4), name }),
    readWorkerFacts: async () => ({
      now,
      workers: workers.map(({ name, queues, heardAt }) => ({ name, queues, heardAt, fields: {} })),
    }),
    readWorkers: async (_, known) =>
      workers.filter(({ name }) => known === undefined || known.workers.some((each) => each.name === name)),
    readCronNames: async () => cron.map(({ name }) => name),
    readCron: async (_, names) =>
      cron.filter(({ name }) => names?.some((each) => each.toWellFormed() === name.toWellFormed()) ?? true),
    findJobs: async (_, filter) => {
      did('find', filter)
      return page(Array.from({ length: 9 }, (_, n) => row(n, filter.state ? { state: filter.state } : {})))
    },
    search: async (_, query) => ({
      ...page(query === 'job-1' ? [row(1)] : [row(1), row(2)]),
      filter: { text: query },
    }),
    readJob: async (_, id, queueName) => (id === 'none' ? undefined : detail(id, queueName)),
    readPayload: async (_, _ref, _field, offset = 0) => ({
      text: text('payload', 'x'.repeat(100)),
      offset,
      next: offset === 0 ? 65_536 : null,
      bytes: 100_000,
    }),
    readErrors: async (_, { fingerprint } = {}) =>
      [group(0), group(1), group(2)].filter((each) => (fingerprint ?? each.fingerprint) === each.fingerprint),
    readTrends: async (_, causes) =>
      new Map(
        causes.map(({ fingerprint }, n) => [
          fingerprint,
          Array.from({ length: 24 }, (_, hour) => (n === 1 ? 0 : hour % 5)),
        ]),
      ),
    readFlow: async (_, of) => ('job' in of && of.job === 'none' ? undefined : flow),
    readSystem: async () => ({
      now,
      redis,
      info: { server: { redis_version: text('info', '7.2.5') } },
      keys: { database: 1_000, ours: 900 },
      queues: queues.map(({ name }, i) => ({ name, jobs: i * 1_000, bytes: i * 350_000, sampled: 20 })),
      slow: [{ at: now - 5_000, micros: 12_345, command: text('command', 'EVALSHA x') }],
      findings: [
        { check: 'ping', level: 'ok', message: text('finding', 'answers in 0.2 ms') },
        { check: 'persistence', level: 'warning', message: 'AOF is off', hint: 'Set appendonly yes' },
      ],
    }),
    readAudit: async () => ({
      entries: [
        {
          id: '1-1',
          at: now - 5_000,
          who: text('who', 'ann'),
          via: 'dashboard',
          action: 'queue:pause',
          subject: text('subject', 'reports'),
          count: 1,
          outcome: 'done',
          note: text('note', 'provider is down'),
        },
      ],
      next: null,
    }),
    readMetrics: async () => metrics,
    sampleLive: async () => ({
      v: 'v1',
      now,
      counts: overview.totals,
      queues: Object.fromEntries(
        queues.map(({ name, counts, oldestMs }) => [
          name,
          [counts.queued, counts.started, counts.failed, oldestMs ?? -1] as const,
        ]),
      ),
      workers: 10,
    }),
    readFunctions: async () => [text('func', './tasks#send'), './tasks#report'],
    readDeploys: async () => [{ at: now - 1_800_000, label: text('deploy', 'v1.2') }],
    confirmBulk: async (_, { selection }) => {
      const seen = 'refs' in selection ? selection.refs.length : selection.seen
      return { seen, now: 'refs' in selection ? seen : 15, isCut: false }
    },
    runBulk: async (_, request, actor) => {
      did('bulk', request, actor.who)
      return progress
    },
    retryEdited: async (_, ref, edit) => {
      did('edit', ref, edit)
      return 'new-id'
    },
    enqueueByName: async (_, queueName, func, json) => {
      did('enqueue', queueName, func, json)
      return 'new-id'
    },
    pauseQueue: async (_, name, how) => did('pause', name, how),
    resumeQueue: async (_, name) => did('resume', name),
    emptyQueue: async (_, name) => {
      did('empty', name)
      return progress
    },
    deleteQueue: async (_, name) => {
      did('delete', name)
      return progress
    },
    runCron: async (_, name) => {
      did('cron run', name)
      return 'cron-job'
    },
    pauseCron: async (_, name) => did('cron pause', name),
    resumeCron: async (_, name) => did('cron resume', name),
    editCron: async (_, name, schedule) => did('cron edit', name, schedule),
    removeCron: async (_, name) => {
      did('cron remove', name)
      return true
    },
    snoozeError: async (_, print, forMs) => did('snooze', print, forMs),
    wakeError: async (_, print) => did('wake', print),
    tellWorker: async (_, name, what) => did('worker', name, what),
    markDeploy: async (_, label) => did('deploy', label),
  }
}
