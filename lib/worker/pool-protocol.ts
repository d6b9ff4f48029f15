import type { Duration } from '../core/duration.ts'
import type { LogFields, LogLevel } from './logger.ts'
import type { WorkerOptions } from './options.ts'
import type { Readiness } from './readiness.ts'
import type { WorkerTotals } from './tally.ts'

/** Worker options as they cross to another process: handlers by name, no logger, no ports, which the pool itself listens on. */
export type PortableOptions = Omit<
  WorkerOptions,
  'logger' | 'exceptionHandlers' | 'healthPort' | 'metricsPort' | 'healthHost'
> & {
  readonly exceptionHandlers?: readonly string[]
}

/** What a pool tells a worker process. */
export type PoolOrder =
  | {
      readonly kind: 'run'
      readonly queues: readonly string[]
      readonly options: PortableOptions
      /** The least grave level that anybody reads. */
      readonly level: string | undefined
      /** Whether anybody reads the fields of a line. */
      readonly fields: boolean
    }
  /** `timeout` as in Worker.stop(). */
  | { readonly kind: 'stop'; readonly timeout?: Duration }
  | { readonly kind: 'stopNow' | 'pause' | 'resume' | 'killRunning' | 'renewHorses' | 'tellRunning' }
  | { readonly kind: 'readiness' }

/** What a worker process tells its pool. */
export type PoolReport =
  | { readonly kind: 'log'; readonly level: LogLevel; readonly line: string; readonly fields?: LogFields }
  | { readonly kind: 'readiness'; readonly readiness: Readiness }
  | { readonly kind: 'done'; readonly totals: WorkerTotals }
  /** What another worker would meet as well. */
  | { readonly kind: 'hopeless'; readonly message: string }
