/** The states of a job. Each is one sorted set in the store, but for `started`: a started job belongs to a worker. */
export const STATES = [
  'queued',
  'scheduled',
  'deferred',
  'limited',
  'started',
  'finished',
  'failed',
  'stopped',
  'canceled',
] as const

/** The state that a job is in. */
export type JobStatus = (typeof STATES)[number]

/** The states a job ends in. Its record lives on there until its time to live is over. */
export const ENDED = ['finished', 'failed', 'stopped', 'canceled'] as const

export type EndedStatus = (typeof ENDED)[number]

/** Every arrow of the state diagram: which states it leads from, and where it may lead. */
export const ARROWS = {
  enqueue: { from: [], to: ['queued', 'scheduled', 'deferred', 'canceled'] },
  promote: { from: ['scheduled'], to: ['queued'] },
  settle: { from: ['deferred'], to: ['queued', 'scheduled', 'deferred', 'canceled'] },
  claim: { from: ['queued'], to: ['started', 'canceled', 'limited', 'scheduled'] },
  take: { from: ['queued', 'scheduled'], to: ['started', 'canceled', 'limited', 'scheduled'] },
  admit: { from: ['limited'], to: ['queued'] },
  finish: { from: ['started'], to: ['finished', 'failed', 'stopped', 'canceled'] },
  retry: { from: ['started'], to: ['queued', 'scheduled'] },
  repeat: { from: ['started'], to: ['queued', 'scheduled'] },
  giveBack: { from: ['started'], to: ['queued', 'scheduled'] },
  recover: { from: ['started'], to: ['queued', 'failed'] },
  cancel: { from: ['queued', 'scheduled', 'deferred', 'limited'], to: ['canceled'] },
  requeue: { from: ['failed', 'stopped', 'canceled'], to: ['queued', 'deferred'] },
} as const satisfies Record<string, { from: readonly JobStatus[]; to: readonly JobStatus[] }>

export function isEnded(status: JobStatus): status is EndedStatus {
  return (ENDED as readonly JobStatus[]).includes(status)
}
