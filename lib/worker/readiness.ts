import type { CheckedWorkerOptions } from './options.ts'

/** Whether a worker can take jobs, and what keeps it from it. */
export interface Readiness {
  readonly worker: string
  readonly isReady: boolean
  /** Whether there is a connection to Redis. */
  readonly redis: boolean
  /** Whether Redis has heard of it within its lease. */
  readonly registered: boolean
  /** Whether a work-horse has loaded what jobs need. */
  readonly prepared: boolean
  readonly stopping: boolean
  /** Milliseconds since its last heartbeat; null before the first. */
  readonly heartbeatAgeMs: number | null
}

/** @param age how long Redis has not heard of it, in milliseconds; null before the first time */
export function toReadiness(
  { name, leaseMs }: Pick<CheckedWorkerOptions, 'name' | 'leaseMs'>,
  redis: boolean,
  prepared: boolean,
  stopping: boolean,
  age: number | null,
): Readiness {
  const registered = age !== null && age < leaseMs
  const isReady = redis && registered && prepared && !stopping
  const heartbeatAgeMs = age === null ? null : Math.round(age)
  return { worker: name, isReady, redis, registered, prepared, stopping, heartbeatAgeMs }
}

/** What `/readyz` says of one worker, or of those of a pool: it is ready while any of them is. */
export function readinessOf(workers: readonly Readiness[]): { isReady: boolean; body: object } {
  const isReady = workers.some((each) => each.isReady)
  return {
    isReady,
    body: {
      status: isReady ? 'ready' : 'not ready',
      workers: workers.map(({ isReady: ready, ...each }) => ({ ...each, ready })),
    },
  }
}
