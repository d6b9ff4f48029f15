/**
 * The data model: every key, its Redis type and what it holds. `{q}` is the Cluster hash tag: all keys of a
 * queue stand in one slot, so that a script never leaves it. Scores and times are milliseconds of Redis's clock.
 */
export const KEYS = {
  'job:<id>': ['hash', "a job's record, see core/record.ts; expires when the job has ended"],
  queued: ['zset', 'id → priority band + sequence: what waits, in the order it will be claimed'],
  scheduled: ['zset', 'id → due time'],
  deferred: ['zset', 'id → creation: what waits for other jobs'],
  limited: ['zset', 'id → its score of `queued`: over the limit of its key, until a place falls free'],
  workers: ['zset', "worker → end of its lease on this queue's jobs"],
  'started:<worker>': ['hash', 'id → token of the claim: what that worker holds'],
  finished: ['zset', 'id → end of its time to live'],
  failed: ['zset', 'id → end of its time to live'],
  stopped: ['zset', 'id → end of its time to live'],
  canceled: ['zset', 'id → end of its time to live'],
  'dependents:<id>': ['zset', 'child@queue → sequence: who waits for this job'],
  'parents:<id>': [
    'hash',
    'parent@queue → what the child has heard of it, and its result; expires with the child',
  ],
  'told:<id>': [
    'zset',
    'child@queue → when: who has heard how this job ended, the first 100; expires with the job',
  ],
  'runs:<id>': ['list', 'JSON of earlier runs, the latest last, capped; expires with the job'],
  'log:<id>': [
    'list',
    'lines of job.log() and of what it printed, see core/log-line.ts, capped; expires with the job',
  ],
  'steps:<id>': [
    'hash',
    "step → its encoded value; ':sleep:<step>' → until when; ':checkpoint' → the last one; expires with the job",
  ],
  watched: [
    'hash',
    "id → who is told when the job ends: '+' for its dependents, '!' for what else ends with it, channels of waiting clients",
  ],
  'unique:<key>': [
    'string',
    "id of the job that has the key, '=' before it where the key has a time of its own",
  ],
  'running:<key>': ['set', "ids of the limit's key that hold a place, claimed ahead or begun"],
  'limited:<key>': ['zset', 'id → its score of `queued`: those of `limited` with this key'],
  'rate:<key>': ['string', 'ms until which the rate of the key is used up'],
  bell: ['list', 'at most a token: wakes an idle worker'],
  idle: ['zset', '<lease ms>:<worker> → since when: who may be handed the next job by whoever enqueues it'],
  tended: ['string', 'the worker that has looked after the queue of late; expires'],
  outbox: ['zset', "effect → when to deliver it (again): 'deps:<id>', 'fx:<id>' and 'reg:<id>'"],
  stats: ['hash', 'counters, and the sequence numbers'],
  pause: ['hash', "since when the queue is 'paused', by whom and why: by and reason may be empty"],
  'tag:<tag>': ['zset', 'id → creation: the jobs that have the tag, until their records go'],
  'error:<fingerprint>': ['zset', 'id → when it failed: the failed jobs of one cause'],
  errors: ['zset', 'fingerprint → when it was last seen, the last 1,000'],
  'cause:<fingerprint>': [
    'hash',
    'first, last, count, name and message of the first, id of the last, and fn:<function>; expires after 90 days',
  ],
  indexed: ['hash', 'id → the tag: and error: keys that it is in, a line each'],
  'metrics:<part>': [
    'hash',
    "what became of runs: 'm:<hour>' minute → cell, 'h:<day>' hour → cell, 'd:<32 days>' day → cell, each also as 'slot function'; of minutes also 'depth <minute>' → how many were queued; 'total' function → cell. All but the last expire. See core/metric-cell.ts",
  ],
  functions: ['zset', 'function → when a run of it last ended; 200 at most'],
  'flushed:<worker>': ['string', 'id of the last counts that the worker added to the metrics; expires'],
  flags: [
    'hash',
    "'paused' and 'suspended' → until when the queue hands out nothing, or 'inf'; 'tail' → until when somebody hears its events; 'forgotten' → until when a producer may not know that the queue was deleted",
  ],
} as const

/** The few keys that belong to no queue. */
export const GLOBAL_KEYS = {
  queues: ['set', 'names of all queues'],
  workers: ['zset', 'worker → its last heartbeat'],
  'worker:<name>': ['hash', 'what a worker tells of itself; expires without a heartbeat'],
  groups: ['zset', 'id → when the group was made'],
  'groups:open': ['zset', 'id → when a worker last looked at a group whose callback is still to be called'],
  audit: [
    'stream',
    'who, via, action, subject, count, outcome and note of what somebody did; about the last 10,000',
  ],
  deploys: ['zset', '`<time> <label>` → time: marks in the history, the last 1,000'],
  snoozed: ['zset', 'fingerprint → until when the dashboard does not show this cause of failures'],
  suspended: [
    'string',
    "until when all workers rest, or 'inf'; the 'suspended' flag of each queue follows it",
  ],
} as const

/** The keys of one group, in a Cluster slot of their own; all of them expire. */
export const GROUP_KEYS = {
  info: [
    'hash',
    'created, maker, touched, total, ended, an amount for each outcome, sealed, done, announced, callback',
  ],
  members: ['zset', 'job@queue → its number, in the order they were added'],
  outcomes: ['hash', 'job@queue → how it ended'],
  open: ['set', 'job@queue of those that have not ended'],
} as const

/** Cron entries, all in one slot of their own: `funq:{:cron}:`. No queue's name holds a colon, so none can be this. */
export const CRON_KEYS = {
  entries: ['hash', 'name → JSON of the definition, see core/cron-definition.ts; its revision comes first'],
  due: ['zset', 'name → next slot; absent while paused, and when the last slot is over'],
  paused: ['set', 'names of paused entries'],
  last: [
    'hash',
    'name → the last slot that fired, how many have, its job as id@queue, and nine slots before it',
  ],
  pending: ['zset', 'id@queue → claimed at: slots that were claimed and may not be enqueued yet'],
  tended: ['string', 'the worker that has looked for due entries of late; expires'],
} as const

/** The keys of cron entries begin with this. */
export function cronBase(prefix: string): string {
  return `${prefix}:{:cron}:`
}

/** Where workers hear that an entry may be due sooner than they know. */
export function cronChannel(prefix: string): string {
  return `${prefix}:cron`
}

/** The keys of one queue begin with this. */
export function queueBase(prefix: string, queue: string): string {
  return `${prefix}:{${queue}}:`
}

/**
 * A second key for a script that declares its base, in the same slot; neither of the two ever exists. While a slot moves to another node of
 * a Cluster, its keys are on both, and a script that declares one missing key would be let in where the queue is not yet. With two, Redis
 * says TRYAGAIN until all have moved.
 */
export function slotGuard(base: string): string {
  return base.endsWith('}:') ? `${base}guard` : base
}

/** The keys of one group begin with this. No queue's name has a colon. */
export function groupBase(prefix: string, id: string): string {
  return `${prefix}:{:group:${id}}:`
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
