import type { WorkerInfo } from '../core/store.ts'
import { type StoreOptions, withStore } from '../queue/open-store.ts'
import type { Queue } from '../queue/queue.ts'
import { WorkerRegistry } from '../redis/worker-registry.ts'
import type { Isolation } from './horse/horse.ts'

/** What a living worker does: one that is `quiet` claims no more jobs and lives on, one that is `suspended` does so until it is resumed. */
export type WorkerState = 'idle' | 'busy' | 'suspended' | 'quiet' | 'stopping'

/** What a living worker last told of itself: its counts are as of `lastHeartbeat`, its state and jobs as of now. */
export interface WorkerSnapshot {
  readonly name: string
  readonly queues: readonly string[]
  readonly state: WorkerState
  readonly host: string
  readonly pid: number
  /** Of funq. */
  readonly version: string
  readonly nodeVersion: string
  readonly isolation: Isolation
  readonly concurrency: number
  readonly birthDate: Date
  readonly lastHeartbeat: Date
  readonly successfulJobCount: number
  /** Failed for good; `retriedJobCount` failed and run again. */
  readonly failedJobCount: number
  readonly retriedJobCount: number
  readonly stoppedJobCount: number
  /** All runs that ended, however they did. */
  readonly totalJobCount: number
  /** Seconds that jobs have run. */
  readonly totalWorkingTime: number
  /**
   * How late the event loop of the process that claims was between its last two heartbeats, in milliseconds: 99 of 100 timers at most, and
   * at worst. With `isolation: 'none'` that is by what its jobs block. 0 while it has no jobs, when nothing is measured; null of older workers.
   */
  readonly eventLoopLag: { readonly p99Ms: number; readonly maxMs: number } | null
  /** The jobs that it holds, a hundred at most. */
  readonly currentJobIds: readonly string[]
}

/** Which workers are listed, and where they are looked for. */
export interface FleetOptions extends StoreOptions {
  /** Only workers of this queue. */
  readonly queue?: string | Queue
}

export function allWorkers({ queue, ...options }: FleetOptions): Promise<WorkerSnapshot[]> {
  const name = typeof queue === 'object' ? queue.name : queue
  return withStore(options, async (store) => {
    const workers = await new WorkerRegistry(store.connection, store.prefix).all()
    return workers.filter(({ queues }) => name === undefined || queues.includes(name)).map(toSnapshot)
  })
}

export function fetchWorker(name: string, options: StoreOptions): Promise<WorkerSnapshot | null> {
  return withStore(options, async (store) => {
    const worker = await new WorkerRegistry(store.connection, store.prefix).one(name)
    return worker ? toSnapshot(worker) : null
  })
}

function toSnapshot(worker: WorkerInfo): WorkerSnapshot {
  const { name, queues, jobs } = worker
  const text = (field: string) => String(worker[field] ?? '')
  const number = (field: string) => Number(worker[field] ?? 0)
  const [finished, failed, retried, stopped] = ['finished', 'failed', 'retried', 'stopped'].map(number)
  return {
    name,
    queues,
    state: jobs.length > 0 && text('state') === 'idle' ? 'busy' : (text('state') as WorkerState),
    host: text('host'),
    pid: number('pid'),
    version: text('version'),
    nodeVersion: text('node'),
    isolation: text('isolation') as Isolation,
    concurrency: number('concurrency'),
    birthDate: new Date(number('birth')),
    lastHeartbeat: new Date(number('heartbeat')),
    successfulJobCount: finished!,
    failedJobCount: failed!,
    retriedJobCount: retried!,
    stoppedJobCount: stopped!,
    totalJobCount: finished! + failed! + retried! + stopped!,
    totalWorkingTime: number('workedMs') / 1000,
    eventLoopLag:
      worker.lagP99Ms === undefined ? null : { p99Ms: number('lagP99Ms'), maxMs: number('lagMaxMs') },
    currentJobIds: jobs,
  }
}
