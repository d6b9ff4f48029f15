import type { Redis } from 'ioredis'

export const NODE_LIBRARIES = ['funq', 'bullmq', 'bee', 'resque', 'bare'] as const
/** Those of other languages take part where the machine has them. */
export const FOREIGN_LIBRARIES = ['rq', 'celery', 'sidekiq'] as const
export const LIBRARY_NAMES = [...NODE_LIBRARIES, ...FOREIGN_LIBRARIES] as const
export type LibraryName = (typeof LIBRARY_NAMES)[number]

/** Where jobs run: a child process, a worker thread, or the worker's own process. */
export type Isolation = 'process' | 'thread' | 'none'

/** A function of bench/tasks.js. */
export type TaskName = 'noop' | 'wait1' | 'wait10'

/** The bench's server, over TCP for every library alike. */
export interface Endpoint {
  readonly host: string
  readonly port: number
}

export interface ProducerOptions {
  readonly task: TaskName
  /** Whether `roundTrip` will be called: some libraries need more connections to hear of results. */
  readonly results: boolean
}

export interface Producer {
  /** Enqueues one job; resolves when it is stored. */
  enqueue(): Promise<unknown>
  /** Enqueues `count` jobs in one call of the library; resolves when all are stored. */
  enqueueMany?(count: number): Promise<unknown>
  /** Enqueues one job; resolves when its result is here. */
  roundTrip?(): Promise<unknown>
  /** Enqueues `count` jobs that fall due at `at` (ms since 1970). */
  schedule?(count: number, at: number): Promise<unknown>
  /** Enqueues `count` jobs and one more that runs when all of them have finished. */
  fanIn?(count: number): Promise<unknown>
  /** Enqueues one job and `count` more that run when it has finished. */
  fanOut?(count: number): Promise<unknown>
  close(): Promise<unknown>
}

/** What some libraries have and others lack. */
export type Ability = Exclude<keyof Producer, 'enqueue' | 'close'>

export interface WorkerOptions {
  readonly task: TaskName
  readonly isolation: Isolation
  readonly concurrency: number
}

export interface RunningWorker {
  stop(): Promise<unknown>
}

/** One side of the comparison. All that the bench knows of a library goes through here. */
export interface Library {
  readonly title: string
  readonly version: string
  readonly abilities: readonly Ability[]
  /** Where its jobs may run. */
  readonly isolations: readonly Isolation[]
  /** The part of a case's jobs that it is given: slower ones get fewer, so that all are measured for about as long. */
  readonly share: { readonly enqueue: number; readonly work: number }
  /** How many of `jobs` jobs have ended, read with one O(1) command. */
  finishedCount(redis: Redis, jobs: number): Promise<number>
  /** What runs a program of bench/workers in the library's own language; absent for those of Node. */
  readonly command?: readonly [string, ...string[]]
}

/** A library of Node. */
export interface NodeLibrary extends Library {
  produce(endpoint: Endpoint, options: ProducerOptions): Promise<Producer>
  /** Starts a worker in this process; resolves when it takes jobs. */
  work(endpoint: Endpoint, options: WorkerOptions): Promise<RunningWorker>
}

export const QUEUE = 'bench'
export const PAYLOAD = { url: 'http://example.com' }

/** Work-horses at a concurrency above 1: more of them would only compete for the cores of a small machine. */
export const HORSES = 2
