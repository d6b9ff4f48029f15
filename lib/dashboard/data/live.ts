import { createHash } from 'node:crypto'
import type { JobStatus } from '../../core/states.ts'
import { STATES } from '../../core/states.ts'
import { type Glance, glanceAt } from '../../redis/glance.ts'
import type { RedisStore } from '../../redis/store.ts'
import type { LiveSample } from './types.ts'

/** So long one sample serves all who ask. */
const FRESH_MS = 1_000

interface Taken {
  readonly at: number
  readonly sample: Promise<LiveSample>
}

const taken = new WeakMap<RedisStore, Taken>()

/** The counts of all queues, in two round trips; shared by all of this process that ask within a second. */
export function sampleLive(store: RedisStore): Promise<LiveSample> {
  const now = performance.now()
  const known = taken.get(store)
  if (known && now - known.at < FRESH_MS) return known.sample
  const sample = takeSample(store)
  taken.set(store, { at: now, sample })
  // A Redis that was away for this one may be back for the next.
  sample.catch(() => taken.delete(store))
  return sample
}

async function takeSample(store: RedisStore): Promise<LiveSample> {
  const { connection, prefix } = store
  const [names, workers] = await Promise.all([
    store.queues(),
    connection.attempt((client) => client.zcard(`${prefix}:workers`)),
  ])
  const glances = await glanceAt(store, names)
  const counts = sumCounts(glances)
  const queues = Object.fromEntries(glances.map((glance) => [glance.name, toNumbers(glance)]))
  const shown = { counts, workers, queues: glances.map(({ name, counts, pauses }) => [name, counts, pauses]) }
  return {
    v: createHash('sha1').update(JSON.stringify(shown)).digest('base64url').slice(0, 12),
    now: glances[0]?.now ?? Date.now(),
    counts,
    queues,
    workers,
  }
}

function toNumbers({ counts, waitsSince, now }: Glance): [number, number, number, number] {
  return [
    counts.queued,
    counts.started,
    counts.failed,
    waitsSince === undefined ? -1 : Math.max(0, now - waitsSince),
  ]
}

export function sumCounts(glances: readonly Glance[]): Record<JobStatus, number> {
  const sum = (state: JobStatus) => glances.reduce((total, { counts }) => total + counts[state], 0)
  return Object.fromEntries(STATES.map((state) => [state, sum(state)])) as Record<JobStatus, number>
}

/**
 * Samples every two seconds while somebody listens, and not otherwise: what it asks of Redis does not grow with the open pages.
 * Whoever begins to listen is told at once.
 */
export class LiveSampler {
  readonly #store: RedisStore
  readonly #everyMs: number
  readonly #listeners = new Set<(sample: LiveSample | Error) => void>()
  #timer: NodeJS.Timeout | undefined

  constructor(store: RedisStore, everyMs = 2_000) {
    this.#store = store
    this.#everyMs = everyMs
  }

  get listeners(): number {
    return this.#listeners.size
  }

  /** Calls back with each sample, or with why there is none. The answer ends it. */
  listen(listener: (sample: LiveSample | Error) => void): () => void {
    this.#listeners.add(listener)
    this.#timer ??= setInterval(() => void this.#sample(this.#listeners), this.#everyMs)
    void this.#sample([listener])
    return () => {
      this.#listeners.delete(listener)
      if (this.#listeners.size > 0) return
      clearInterval(this.#timer)
      this.#timer = undefined
    }
  }

  async #sample(listeners: Iterable<(sample: LiveSample | Error) => void>): Promise<void> {
    const told = await sampleLive(this.#store).catch((error: Error) => error)
    for (const listener of listeners) if (this.#listeners.has(listener)) listener(told)
  }

  stop(): void {
    this.#listeners.clear()
    clearInterval(this.#timer)
    this.#timer = undefined
  }
}
