import type { BatchObservableResult, Meter } from '@opentelemetry/api'
import { STATES } from '../core/states.ts'
import { openStore, type StoreOptions } from '../queue/open-store.ts'
import { readScrapeFacts } from '../redis/scrape-facts.ts'

/** Observes the queues' depths and ages each time that metrics are collected; one process should, not every one. */
export function observeDepths(
  meter: Meter,
  place: Pick<StoreOptions, 'connection' | 'prefix' | 'commandTimeout'>,
): () => Promise<void> {
  const { store, release } = openStore({ commandTimeout: '5s', ...place })
  const depth = meter.createObservableGauge('rq.queue.depth', {
    unit: '{job}',
    description: 'Jobs by queue and state',
  })
  const latency = meter.createObservableGauge('rq.queue.latency', {
    unit: 's',
    description: 'For how long the job that is next has waited',
  })
  const observe = async (result: BatchObservableResult) => {
    // A Redis that is away leaves a gap.
    const facts = await readScrapeFacts(store).catch(() => undefined)
    for (const { name, counts, oldestMs } of facts?.queues ?? []) {
      const queue = { 'messaging.system': 'rq', 'messaging.destination.name': name }
      for (const state of STATES) result.observe(depth, counts[state], { ...queue, state })
      result.observe(latency, (oldestMs ?? 0) / 1000, queue)
    }
  }
  meter.addBatchObservableCallback(observe, [depth, latency])
  return async () => {
    meter.removeBatchObservableCallback(observe, [depth, latency])
    await release()
  }
}
