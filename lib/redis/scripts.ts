import { fingerprintOf } from '../core/fingerprint.ts'
import { hasFollowUps } from '../core/follow-ups.ts'
import { fromRef, type Ref } from '../core/record.ts'
import type { Ending, Enqueued, NewJob, Step, StepReply } from '../core/store.ts'
import { readClaimed } from './claimed.ts'
import { packTexts } from './pack.ts'

/** How a script's arguments are laid out and its reply is read: each function's header is in lua/<arrow>.lua. */

type Args = (string | number | Buffer)[]

/** A worker that takes the new jobs at once. */
export interface Holder {
  readonly worker: string
  readonly leaseMs: number
}

export function enqueueArgs(
  queue: string,
  jobs: readonly NewJob[],
  holder: Holder | undefined,
  failureTtl: number,
  again: boolean,
  channel = '',
  workers = '',
): Args {
  // Many jobs of a call differ by their arguments only.
  const runs: [func: string, options: string, rest: object | '', jobs: number][] = []
  const texts: string[] = []
  for (const job of jobs) {
    const options = isEmpty(job.options) ? '' : JSON.stringify(job.options)
    const rest = restOf(queue, job)
    let run = runs.at(-1)
    if (!run || rest !== '' || run[2] !== '' || run[0] !== job.func || run[1] !== options) {
      run = [job.func, options, rest, 0]
      runs.push(run)
    }
    run[3]++
    texts.push(job.id, job.args)
  }
  // Its parts are arguments of their own: cjson takes Redis longer to read two texts than to take two arguments more.
  const lone = jobs.length === 1 && runs[0]![2] === '' ? runs[0] : undefined
  return [
    holder?.worker ?? '',
    holder?.leaseMs ?? 0,
    failureTtl,
    again ? 1 : 0,
    lone ? lone[0] : JSON.stringify(runs),
    lone ? lone[1] : packTexts(texts),
    channel,
    workers,
    ...(lone ? texts : NONE),
  ]
}

/** Whether a job has nothing that only some jobs have: the script stores it with least ado, and notes who awaits it. */
export function isPlain(job: NewJob): boolean {
  const { priority, atFront, ownId, meta, dueMs, inMs, ttlMs, parents, unique, limit, options, signature } =
    job
  const timed = dueMs !== undefined || inMs !== undefined || ttlMs !== undefined
  const placed = priority || atFront || ownId || meta !== undefined || timed || parents?.length
  return !placed && !unique && !limit && !signature && !options.tags?.length && !hasFollowUps(options)
}

/** What only some jobs have, so that all others pay for one empty value. */
function restOf(queue: string, job: NewJob): object | '' {
  if (isPlain(job)) return ''
  const { priority, atFront, ownId, meta, dueMs, inMs, ttlMs, parents, unique, limit, options, signature } =
    job
  return {
    queue,
    ...(priority && { priority }),
    ...(atFront && { front: 1 }),
    ...(ownId && { own: 1 }),
    ...(meta !== undefined && { meta }),
    ...(dueMs !== undefined && { due: dueMs }),
    ...(inMs !== undefined && { delay: inMs }),
    ...(ttlMs !== undefined && { ttl: ttlMs }),
    ...(job.waitsUntil !== undefined && { x: job.waitsUntil }),
    ...(unique && { unique: { key: unique.key, mode: unique.onDuplicate, ms: unique.forMs } }),
    ...(limit && { limit: limit.key }),
    ...(limit?.concurrency && { concurrency: limit.concurrency }),
    ...(limit?.rate && { rate: `${limit.rate.max}:${limit.rate.perMs}` }),
    ...(options.tags?.length && { tags: options.tags }),
    ...(hasFollowUps(options) && { fx: 1 }),
    ...(signature && { sig: signature }),
    ...(parents?.length && {
      parents: parents.map(({ ref, allowFailure }) => {
        const { id, queue: where } = fromRef(ref)
        return { ref, id, here: where === queue, allow: allowFailure ? 1 : 0 }
      }),
    }),
  }
}

/** An empty list is a zero: a table takes Redis as long to hand out as a command. */
export type RawEnqueued = [
  refusals: readonly Refusal[] | 0,
  tokens: readonly string[] | 0,
  owed: readonly string[] | 0,
  /** Tells the time at which the queue was deleted, if that is not long ago. */
  forgotten?: number,
]

type Refusal = [index: number, code: 'duplicate' | 'unique' | 'existing' | 'parent', detail: string]

export function readEnqueued(
  jobs: readonly NewJob[],
  refusals: readonly Refusal[] | 0,
  tokens: readonly string[] | 0,
): Enqueued[] {
  const answers: Enqueued[] = jobs.map(() => OK)
  for (const [index, code, detail] of refusals || []) {
    answers[index] = readRefusal(code, detail)
  }
  for (let i = 0; tokens && i < tokens.length; i += 2) {
    answers[jobs.findIndex((job) => job.id === tokens[i])] = { ok: true, token: tokens[i + 1]! }
  }
  return answers
}

const OK: Enqueued = { ok: true }

function readRefusal(code: Refusal[1], detail: string): Enqueued {
  switch (code) {
    case 'parent':
      return { ok: false, code, parent: detail as Ref }
    case 'existing':
      return { ok: true, existing: detail }
    case 'unique':
      return { ok: false, code: 'duplicate', by: detail }
    case 'duplicate':
      return { ok: false, code }
  }
}

const KIND = {
  finished: 'F',
  failed: 'X',
  stopped: 'S',
  retry: 'R',
  retryAsked: 'Q',
  snooze: 'Z',
  sleep: 'W',
  cancel: 'C',
  repeat: 'P',
  giveBack: 'B',
  giveBackAlone: 'A',
  giveBackLater: 'L',
} as const

/** A job that a worker holds without knowing, whatever its token, goes back. */
export function forgotten(id: string): Ending {
  return {
    id,
    token: '*',
    kind: 'giveBack',
    endedAgo: 0,
    ranMs: 0,
    attempt: 1,
    payload: '',
    ttl: 0,
    aux: false,
  }
}

const NONE: Args = []
const NOBODY: readonly string[] = []
const OTHERS = { others: true }
const IDLE = { no: '', may: '1', noted: '2' } as const

/** Lists go as one argument: a command with thousands of them costs the client more than all else. */
export function stepArgs(worker: string, leaseMs: number, failureTtl: number, step: Step): Args {
  const { endings, beginnings, want, begin, held, idle, priorities } = step
  const ids: string[] = []
  const tokens: string[] = []
  const payloads: string[] = []
  // Many of a call differ by nothing else.
  const runs: string[] = []
  let last = ''
  let many = 0
  for (const e of endings) {
    const common = `${KIND[e.kind]} ${Math.round(e.endedAgo)} ${Math.round(e.ranMs)} ${e.attempt} ${e.ttl} ${e.aux ? 1 : 0} ${e.atFront ? 1 : 0}`
    const facts = e.kind === 'failed' ? `${common} ${fingerprintOf(e.payload)}` : common
    ids.push(e.id)
    tokens.push(e.token)
    payloads.push(e.payload)
    if (facts !== last && many > 0) {
      runs.push(last, `${many}`)
      many = 0
    }
    last = facts
    many++
  }
  runs.push(last, `${many}`)
  const begun = beginnings.flatMap((b) => [b.id, b.token, Math.round(b.beganAgo), b.attempt])
  return [
    worker,
    leaseMs,
    want,
    begin ? 1 : 0,
    held,
    failureTtl,
    ids.length === 0 ? '' : packTexts([`${ids.length}`, ...ids, ...tokens, ...payloads, ...runs]),
    begun.length === 0 ? '' : JSON.stringify(begun),
    IDLE[idle ?? 'no'],
    ...(priorities ? [priorities.from, priorities.to] : NONE),
  ]
}

export type RawStep = [
  stale: readonly string[] | 0,
  jobs: string,
  dueIn: number,
  left: number,
  owed: readonly string[] | 0,
  alone: number,
  paused: number,
  others: number,
  now: number,
]

export function readStep(queue: string, raw: RawStep): StepReply {
  const [stale, jobs, dueIn, left, , alone, paused, others, now] = raw
  return {
    stale: stale || NOBODY,
    jobs: readClaimed(queue, jobs, now),
    dueIn: dueIn < 0 ? null : dueIn,
    left: left === 1,
    alone: alone === 1,
    pausedFor: paused === -1 ? null : paused < 0 ? Number.POSITIVE_INFINITY : paused,
    ...(others === 1 && OTHERS),
  }
}

function isEmpty(object: object): boolean {
  for (const _ in object) return false
  return true
}
