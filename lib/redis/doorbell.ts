import type { Redis } from 'ioredis'
import type { Connection } from './connection.ts'
import { queueBase } from './keys.ts'

/** What a blocked client may stay silent beyond its own limit: a half-open socket never answers. */
const GRACE_MS = 2_000

/** Wakes an idle worker: blocks on the bells of its queues, on a connection of its own. */
export class Doorbell {
  readonly #connection: Connection
  readonly #prefix: string
  #groups: readonly (readonly string[])[] = []
  #clients: Redis[] = []
  #blocked: (Promise<string | null> | undefined)[] = []
  #closed = false
  #wake: () => void = () => {}

  constructor(connection: Connection, prefix: string, queues: readonly string[]) {
    this.#connection = connection
    this.#prefix = prefix
    this.update(queues)
  }

  /** Other queues from now on. Whoever waits is woken, and looks again. */
  update(queues: readonly string[]): void {
    const bells = queues.map((queue) => `${queueBase(this.#prefix, queue)}bell`)
    // In a Cluster one command may block on one slot's keys only.
    const groups = this.#connection.isCluster || bells.length === 0 ? bells.map((bell) => [bell]) : [bells]
    const clients = this.#clients
    this.#groups = groups
    this.#clients = []
    this.#blocked = []
    for (const client of clients) if (client) cut(client)
    this.#wake()
  }

  /** Resolves with the bell that was rung, or with null after the time or when the connection is lost; the caller looks again. */
  async wait(ms: number): Promise<string | null> {
    if (this.#closed) return null
    // Without queues there is nothing to hear of.
    if (this.#groups.length === 0) return this.#nothing(ms)
    const rings = this.#groups.map((bells, i) => {
      // One that another group outran still blocks: a second command behind it would miss the bell that ends the first.
      if (this.#blocked[i]) return this.#blocked[i]
      const blocked = this.#block(i, bells, ms).finally(() => {
        if (this.#blocked[i] === blocked) this.#blocked[i] = undefined
      })
      this.#blocked[i] = blocked
      return blocked
    })
    return Promise.race(rings)
  }

  #nothing(ms: number): Promise<null> {
    return new Promise((resolve) => {
      const timer = setTimeout(() => resolve(null), ms)
      this.#wake = () => {
        clearTimeout(timer)
        resolve(null)
      }
    })
  }

  async #block(i: number, bells: readonly string[], ms: number): Promise<string | null> {
    this.#clients[i] ??= this.#connection.duplicate() as Redis
    const client = this.#clients[i]
    const watchdog = setTimeout(() => this.#drop(i, client), ms + GRACE_MS)
    try {
      // Zero would block for ever.
      const seconds = Math.max(0.001, ms / 1000)
      const rung = await client.blpop(...(bells as [string, ...string[]]), seconds)
      return rung === null ? null : rung[0]
    } catch {
      this.#drop(i, client)
      return null
    } finally {
      clearTimeout(watchdog)
    }
  }

  /** The token was not for us, who have no room: another may be idle. It may have been rung again meanwhile. */
  async passOn(bell: string): Promise<void> {
    await this.#connection.attempt((client) => client.multi().rpush(bell, 1).ltrim(bell, '0', '0').exec())
  }

  #drop(i: number, client: Redis): void {
    // Cut already, which is why its wait failed: once more would set the timer of ioredis that nothing ends.
    if (this.#clients[i] !== client) return
    delete this.#clients[i]
    cut(client)
  }

  get isClosed(): boolean {
    return this.#closed
  }

  close(): void {
    this.#closed = true
    this.#wake()
    for (const client of this.#clients.splice(0)) if (client) cut(client)
  }
}

/** Without a wait for the other side, for which ioredis has a timer of two seconds: it may be half open, and nothing is under way but a wait. */
function cut(client: Redis): void {
  client.disconnect()
  client.stream?.destroy()
}
