import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { Counter, type Registry, type RegistryContentType, register } from 'prom-client'
import type { Duration } from '../core/duration.ts'
import { CHANNELS, type JobEnqueued } from '../core/job-events.ts'
import { openStore, type StoreOptions } from '../queue/open-store.ts'
import { Collector } from './collector.ts'
import { BY_WORKER } from './specs.ts'

/** What `collectMetrics` collects, from where and into which registry. */
export interface MetricsOptions extends Pick<StoreOptions, 'connection' | 'prefix'> {
  /** How long a command to Redis may take, reconnecting included, before the scrape says that Redis is away. @default 5 s */
  readonly commandTimeout?: Duration
  /** Where the metrics are added. @default prom-client's own */
  readonly registry?: Registry<RegistryContentType>
  /** Adds `rq_worker_heartbeat_age_seconds` and `rq_worker_event_loop_lag_seconds`, with a series for each worker. @default false */
  readonly workers?: boolean
}

/** The metrics in their registry: what `collectMetrics` gives. */
export interface MetricsCollection {
  readonly registry: Registry<RegistryContentType>
  /** Takes the metrics out of the registry again, and lets the connection go. */
  close(): Promise<void>
}

/** Functions whose enqueues are counted apart, of one process. */
const ENQUEUED_FUNCTIONS = 200

/**
 * Adds funq's metrics to a registry of prom-client. Each time that the registry is read, Redis is asked in three round trips; what is counted
 * is kept there, so that it outlives every process. Only `rq_jobs_enqueued_total` is counted here, of this process.
 * @throws Error where the registry has metrics of these names already
 */
export function collectMetrics({
  registry = register,
  workers = false,
  commandTimeout = '5s',
  ...place
}: MetricsOptions = {}): MetricsCollection {
  const { store, release } = openStore({ ...place, commandTimeout })
  const collector = new Collector(store, registry, workers ? BY_WORKER : [])
  let stopCounting: () => void
  try {
    collector.register()
    stopCounting = countEnqueues(registry)
  } catch (error) {
    // A registry that has one of the names keeps what it had, and nothing of ours.
    collector.remove()
    void release()
    throw error
  }
  return {
    registry,
    async close() {
      stopCounting()
      collector.remove()
      await release()
    },
  }
}

function countEnqueues(registry: Registry<RegistryContentType>): () => void {
  const name = 'rq_jobs_enqueued_total'
  const help = 'Jobs that this process has enqueued since it started'
  const enqueued = new Counter({ name, help, labelNames: ['queue', 'function'], registers: [registry] })
  const known = new Set<string>()
  const count = (message: unknown) => {
    const { queue, func } = message as JobEnqueued
    if (known.size < ENQUEUED_FUNCTIONS) known.add(func)
    enqueued.inc({ queue, function: known.has(func) ? func : 'other' })
  }
  const channel = CHANNELS.enqueue.name
  subscribe(channel, count)
  return () => {
    unsubscribe(channel, count)
    registry.removeSingleMetric(name)
  }
}
