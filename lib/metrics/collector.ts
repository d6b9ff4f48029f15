import type { Metric, Registry, RegistryContentType } from 'prom-client'
import { readScrapeFacts } from '../redis/scrape-facts.ts'
import type { RedisStore } from '../redis/store.ts'
import { toldOf } from './functions.ts'
import type { Facts, MetricSpec, Sample } from './metric.ts'
import { buildInfo, SPECS } from './specs.ts'

type AnyRegistry = Registry<RegistryContentType>

/** What came of a look at Redis. Where it could not be asked, what is made of it has no samples; the scrape itself goes on. */
interface Look {
  readonly facts: Facts | undefined
  readonly seconds: number
}

/** Metrics that are read from Redis each time that their registry is: all of them by one look. */
export class Collector {
  readonly #store: RedisStore
  readonly #registry: AnyRegistry
  readonly #specs: readonly MetricSpec[]
  readonly #names: string[] = []
  #look: Promise<Look> | undefined

  constructor(store: RedisStore, registry: AnyRegistry, more: readonly MetricSpec[] = []) {
    this.#store = store
    this.#registry = registry
    this.#specs = [...SPECS, ...more]
  }

  /** @throws where the registry has a metric of one of these names; what is there of ours by then `remove()` takes out */
  register(): void {
    for (const spec of this.#specs) this.#register(spec, ({ facts }) => (facts ? spec.samples(facts) : []))
    this.#register(UP, ({ facts }) => [{ labels: {}, value: Number(facts !== undefined) }])
    this.#register(TOOK, ({ seconds }) => [{ labels: {}, value: seconds }])
    this.#register(BUILD, buildInfo)
  }

  #register(
    { name, help, type }: Pick<MetricSpec, 'name' | 'help' | 'type'>,
    samples: (look: Look) => Sample[],
  ): void {
    const metric = {
      name,
      help,
      type,
      aggregator: 'first',
      // What prom-client asks for; it renames counters for OpenMetrics before.
      get: async () => {
        const values = samples(await this.#lookOnce())
        return { name: metric.name, help, type, values, aggregator: 'first' }
      },
      reset() {},
    }
    this.#registry.registerMetric(metric as unknown as Metric<string>)
    this.#names.push(name)
  }

  /** All metrics of one scrape ask in the same turn, and are told the same. */
  #lookOnce(): Promise<Look> {
    this.#look ??= this.#lookAt().finally(() => {
      this.#look = undefined
    })
    return this.#look
  }

  async #lookAt(): Promise<Look> {
    const began = performance.now()
    const facts = await readScrapeFacts(this.#store).catch(() => undefined)
    const all = facts && { ...facts, told: toldOf(this.#store).of(facts) }
    return { facts: all, seconds: (performance.now() - began) / 1000 }
  }

  /** Takes its metrics out of the registry again. */
  remove(): void {
    for (const name of this.#names) this.#registry.removeSingleMetric(name)
  }
}

const UP = { name: 'rq_redis_up', help: 'Whether Redis answered', type: 'gauge' } as const
const TOOK = { name: 'rq_scrape_duration_seconds', help: 'How long it took to ask', type: 'gauge' } as const
const BUILD = { name: 'rq_build_info', help: 'Versions, as labels', type: 'gauge' } as const
