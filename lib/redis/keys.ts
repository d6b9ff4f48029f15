/**
 * The data model: every key, its Redis type and what it holds. `{q}` is the Cluster hash tag: all keys of a
 * queue stand in one slot, so that a script never leaves it. Scores and times are milliseconds of Redis's clock.
 */
export const KEYS = {
  'job:<id>': ['hash', "a job's record, see core/record.ts; expires when the job has ended"],
  queued: ['zset', 'id → priority band + sequence: what waits, in the order it will be claimed'],
  scheduled: ['zset', 'id → due time'],
  deferred: ['zset', 'id → creation: what waits for other jobs'],
  workers: ['zset', "worker → end of its lease on this queue's jobs"],
  'started:<worker>': ['hash', 'id → token of the claim: what that worker holds'],
  finished: ['zset', 'id → end of its time to live, as in the next three'],
  failed: ['zset', ''],
  stopped: ['zset', ''],
  canceled: ['zset', ''],
  'dependents:<id>': ['zset', 'child@queue → sequence: who waits for this job'],
  'parents:<id>': [
    'hash',
    'parent@queue → what the child has heard of it, and its result; expires with the child',
  ],
  'runs:<id>': ['list', 'JSON of earlier runs, the latest last, capped; expires with the job'],
  'log:<id>': ['list', 'lines of job.log(), capped; expires with the job'],
  watched: [
    'hash',
    "id → who is told when the job ends: '+' for its dependents, channels of waiting clients",
  ],
  bell: ['list', 'at most a token: wakes an idle worker'],
  outbox: ['zset', "effect → when to deliver it (again): 'deps:<id>' and 'reg:<id>'"],
  stats: ['hash', 'counters, and the sequence numbers'],
  flags: [
    'hash',
    "'paused' and 'suspended' → until when the queue hands out nothing, or 'inf'; 'tail' → until when somebody hears its events",
  ],
} as const

/** The few keys that belong to no queue. */
export const GLOBAL_KEYS = {
  queues: ['set', 'names of all queues'],
  workers: ['zset', 'worker → its last heartbeat'],
  'worker:<name>': ['hash', 'what a worker tells of itself; expires without a heartbeat'],
  suspended: [
    'string',
    "until when all workers rest, or 'inf'; the 'suspended' flag of each queue follows it",
  ],
} as const

/** The keys of one queue begin with this. */
export function queueBase(prefix: string, queue: string): string {
  return `${prefix}:{${queue}}:`
}

/** Where a client hears of the jobs that it waits for. */
export function clientChannel(prefix: string, client: string): string {
  return `${prefix}:client:${client}`
}

/** Where a worker is told to stop a job. */
export function controlChannel(prefix: string, worker: string): string {
  return `${prefix}:control:${worker}`
}

/** Where all workers hear that a queue was paused or resumed, or that everything was. */
export function broadcastChannel(prefix: string): string {
  return `${prefix}:control`
}

/** Where a queue's events are told while its `tail` flag stands. */
export function eventsChannel(prefix: string, queue: string): string {
  return `${queueBase(prefix, queue)}events`
}
