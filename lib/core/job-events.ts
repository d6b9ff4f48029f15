import { type Channel, channel } from 'node:diagnostics_channel'
import type { RemoteError } from './remote-error.ts'
import type { Claimed, Ending, Enqueued, NewJob } from './store.ts'

/** A job was accepted by its queue; told in the process that enqueued it. */
export interface JobEnqueued {
  readonly id: string
  readonly queue: string
  /** `path#export`. */
  readonly func: string
}

/** A run begins; told, as all that follows, in the worker that has the job. */
export interface JobBegun extends JobEnqueued {
  /** 1 for the first run. */
  readonly attempt: number
  /** The worker's name. */
  readonly worker: string
}

/** A run is over. What is told of it is recorded next: where the worker has lost its claim by then, the store refuses it. */
export interface JobEnded extends JobBegun {
  /** How long it ran, in milliseconds. */
  readonly ms: number
}

/** It failed for good. */
export interface JobFailed extends JobEnded {
  /** What it threw, or what became of it, as plain data. */
  readonly error: RemoteError
}

/** Another attempt follows, after a failure or because the job asked for it. */
export interface JobRetried extends JobEnded {
  /** Absent where the job asked and gave no reason. */
  readonly error?: RemoteError
  /** Milliseconds until it may run again. */
  readonly delayMs: number
}

/** It runs again, though it did not fail. */
export interface JobRepeated extends JobEnded {
  readonly delayMs: number
}

/** What is told of jobs: on channels of `node:diagnostics_channel` called `rq:job:<event>`, and all but `enqueue` by Worker.on. */
export interface JobEvents {
  readonly enqueue: JobEnqueued
  readonly begin: JobBegun
  readonly finish: JobEnded
  readonly fail: JobFailed
  readonly retry: JobRetried
  readonly repeat: JobRepeated
  /** It was stopped by job.stop(). */
  readonly stop: JobEnded
  /** It goes on later, no attempt counted: it asked to, or sleeps between two steps. */
  readonly snooze: JobRepeated
  /** It canceled itself. */
  readonly cancel: JobEnded
  /** It goes back to its queue unrecorded, as at the end of the worker. */
  readonly giveBack: JobEnded
}

export type JobEventName = keyof JobEvents

export const JOB_EVENTS = [
  'enqueue',
  'begin',
  'finish',
  'fail',
  'retry',
  'repeat',
  'stop',
  'snooze',
  'cancel',
  'giveBack',
] as const satisfies JobEventName[]

/** One for each event; whoever publishes looks at `hasSubscribers` first, and makes nothing for nobody. */
export const CHANNELS = Object.fromEntries(
  JOB_EVENTS.map((name) => [name, channel(`rq:job:${name}`)]),
) as Readonly<Record<JobEventName, Channel>>

/** Which event an ending is. */
export const EVENT_OF = {
  finished: 'finish',
  failed: 'fail',
  stopped: 'stop',
  retry: 'retry',
  retryAsked: 'retry',
  repeat: 'repeat',
  snooze: 'snooze',
  sleep: 'snooze',
  cancel: 'cancel',
  giveBack: 'giveBack',
  giveBackAlone: 'giveBack',
  giveBackLater: 'giveBack',
} as const satisfies Record<Ending['kind'], JobEventName>

export function toBegun(
  { id, queue, func, attempt }: Pick<Claimed, 'id' | 'queue' | 'func' | 'attempt'>,
  worker: string,
): JobBegun {
  return { id, queue, func: func ?? '', attempt, worker }
}

/** What is told of the end of a run. */
export function toEnded(
  begun: JobBegun,
  { kind, payload, ttl }: Pick<Ending, 'kind' | 'payload' | 'ttl'>,
  ms: number,
): JobEnded | JobFailed | JobRetried | JobRepeated {
  const ended = { ...begun, ms }
  if (kind === 'failed') return { ...ended, error: JSON.parse(payload) as RemoteError }
  if (kind === 'repeat' || kind === 'snooze' || kind === 'sleep') return { ...ended, delayMs: ttl }
  if (kind !== 'retry' && kind !== 'retryAsked') return ended
  return { ...ended, delayMs: ttl, ...(payload !== '' && { error: JSON.parse(payload) as RemoteError }) }
}

/** Tells of new jobs once they are accepted. Called only where somebody hears it. */
export async function tellEnqueued(
  queue: string,
  jobs: readonly NewJob[],
  answering: Promise<Enqueued[]> | Enqueued[],
): Promise<Enqueued[]> {
  const answers = await answering
  for (const [i, { id, func }] of jobs.entries()) {
    const answer = answers[i]!
    if (answer.ok && answer.existing === undefined)
      CHANNELS.enqueue.publish({ id, queue, func } satisfies JobEnqueued)
  }
  return answers
}
