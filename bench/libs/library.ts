import type { Redis } from 'ioredis'

export const LIBRARY_NAMES = ['funq', 'bullmq', 'bee', 'ioredis'] as const
export type LibraryName = (typeof LIBRARY_NAMES)[number]

/** Where jobs run: a child process, a worker thread, or the worker's own process. */
export type Isolation = 'process' | 'thread' | 'none'

/** The bench's server, over TCP for every library alike. */
export interface Endpoint {
  readonly host: string
  readonly port: number
}

export interface ProducerOptions {
  /** Whether `roundTrip` will be called: some libraries need more connections to hear of results. */
  readonly results: boolean
}

export interface Producer {
  /** Enqueues one job; resolves when it is stored. */
  enqueue(): Promise<unknown>
  /** Enqueues `count` jobs in one call of the library; resolves when all are stored. */
  enqueueMany(count: number): Promise<unknown>
  /** Enqueues one job; resolves when its result is here. Missing where the library has no results. */
  roundTrip?(): Promise<unknown>
  close(): Promise<unknown>
}

export interface WorkerOptions {
  readonly isolation: Isolation
  readonly concurrency: number
}

export interface RunningWorker {
  stop(): Promise<unknown>
}

export interface Consumer {
  readonly isolations: readonly Isolation[]
  /** Starts a worker of no-op jobs in this process; resolves when it takes jobs. */
  work(endpoint: Endpoint, options: WorkerOptions): Promise<RunningWorker>
  /** How many jobs have their outcome stored, read from the library's own registry with one O(1) command. */
  finishedCount(redis: Redis): Promise<number>
}

/** One side of the comparison. All that the bench knows of a library goes through here. */
export interface Library {
  readonly title: string
  readonly version: string
  produce(endpoint: Endpoint, options: ProducerOptions): Promise<Producer>
  /** Missing for the bare client, which has no jobs. */
  readonly consumer?: Consumer
}

export const QUEUE = 'bench'
export const PAYLOAD = { url: 'http://example.com' }

/** Work-horses at a concurrency above 1: more of them would only compete for the cores of a small machine. */
export const HORSES = 2

/** Loads one adapter, and with it one library: a measured process holds nothing of the others. */
export async function loadLibrary(name: LibraryName): Promise<Library> {
  switch (name) {
    case 'funq':
      return (await import('./funq.ts')).funq
    case 'bullmq':
      return (await import('./bullmq.ts')).bullmq
    case 'bee':
      return (await import('./bee.ts')).bee
    case 'ioredis':
      return (await import('./ioredis.ts')).bareIoredis
  }
}
