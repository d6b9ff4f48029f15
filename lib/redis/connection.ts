import type { Socket } from 'node:net'
import { type Cluster, Redis, type RedisOptions } from 'ioredis'
import { ClosedError, RedisUnavailableError } from '../core/errors.ts'
import { DEFAULTS } from '../core/options.ts'
import { isAuthError, isPassing, mapError, unavailable } from './map-error.ts'
import { SCRIPTS } from './scripts.gen.ts'
import { checkServer } from './server-version.ts'
import type { Target } from './target.ts'

export type ScriptName = keyof typeof SCRIPTS

type ScriptCall = (base: string, ...args: (string | number)[]) => Promise<unknown>

/**
 * One connection to Redis that a process shares. It connects on first use. While nothing is under way it neither
 * holds the process open nor reconnects, so that a script ends by itself.
 */
export class Connection {
  readonly label: string
  readonly #client: Redis | Cluster
  readonly #borrowed: boolean
  readonly #ready = new Set<() => void>()
  #subscriber: Redis | Cluster | undefined
  #listeners = new Map<string, (message: string) => void>()
  #holds = 0
  #closed = false
  #refused: Error | undefined
  #checked: Promise<void> | true | undefined
  #lastError: Error | undefined

  constructor(target: Target) {
    this.label = target.label
    this.#borrowed = target.borrowed !== undefined
    this.#client = target.borrowed ?? new Redis(this.#options(target.options) as object)
    this.#client.on('error', (error: Error) => {
      this.#lastError = error
      if (isAuthError(error)) this.#refused = error
    })
    this.#client.on('ready', () => this.#onReady())
    this.#client.on('connect', () => this.#setRef())
    for (const [name, lua] of Object.entries(SCRIPTS)) {
      if (!(`funq:${name}` in this.#client))
        this.#client.defineCommand(`funq:${name}`, { lua, numberOfKeys: 1 })
    }
  }

  /** Our own connections never queue or resend by themselves: `run` does, knowing which calls may be repeated. */
  #options(options: RedisOptions): RedisOptions {
    return {
      connectTimeout: DEFAULTS.connectTimeoutMs,
      ...options,
      lazyConnect: true,
      enableAutoPipelining: false,
      autoResendUnfulfilledCommands: false,
      maxRetriesPerRequest: null,
      enableOfflineQueue: false,
      retryStrategy: (times) => this.#retryDelay(times),
      reconnectOnError: (error) => (error.message.startsWith('READONLY') ? 1 : false),
    }
  }

  /** With nothing under way there is no reconnecting: the next use connects. */
  #retryDelay(times: number): number | null {
    if (this.#holds === 0 || this.#closed || this.#refused) return null
    return Math.min(50 * 2 ** Math.min(times, 6), 2_000) * (0.75 + Math.random() / 2)
  }

  #onReady(): void {
    this.#refused = undefined
    this.#checked = undefined
    this.#setRef()
    for (const listener of this.#ready) listener()
  }

  /** Once a connection, before anything is written. A user who may not ask is let through. */
  async #checkServer(): Promise<void> {
    const info = await this.#client.info('server').catch((error: Error) => {
      if (error.message.startsWith('NOPERM')) return ''
      throw error
    })
    const problem = checkServer(info, this.label)
    if (problem) this.#refused = problem
  }

  /** Runs an arrow. After a lost connection it is sent again until it is answered or the time is up. */
  async run<T>(
    script: ScriptName,
    base: string,
    args: readonly (string | number)[],
    again?: () => void,
  ): Promise<T> {
    return this.attempt(
      () =>
        (this.#client as unknown as Record<string, ScriptCall>)[`funq:${script}`]!(
          base,
          ...args,
        ) as Promise<T>,
      again,
    )
  }

  /** Sends plain commands by the client given, with the same patience as `run`. */
  async attempt<T>(send: (client: Redis) => Promise<T>, again?: () => void): Promise<T> {
    const release = this.hold()
    const started = performance.now()
    try {
      for (let attempt = 1; ; attempt++) {
        if (this.#client.status !== 'ready') await this.#connected(started)
        try {
          if (this.#checked !== true) {
            this.#checked ??= this.#checkServer()
            await this.#bounded(this.#checked, started)
            this.#checked = true
          }
          if (this.#refused) throw this.#refused
          return await this.#bounded(send(this.#client as Redis), started)
        } catch (error) {
          if (this.#checked !== true) this.#checked = undefined
          if (!isPassing(error as Error) || this.#closed) throw error
          if (performance.now() - started >= DEFAULTS.commandTimeoutMs)
            throw unavailable(this.label, error as Error, DEFAULTS.commandTimeoutMs)
          again?.()
          await this.#pause(Math.min(20 * attempt, 500))
        }
      }
    } catch (error) {
      throw mapError(error as Error, this.label)
    } finally {
      release()
    }
  }

  /** A reply that never comes (a half-open socket) ends in an error, and the socket with it. */
  #bounded<T>(reply: Promise<T>, started: number): Promise<T> {
    return new Promise((resolve, reject) => {
      const left = Math.max(1, DEFAULTS.commandTimeoutMs - (performance.now() - started))
      const timer = setTimeout(() => {
        reject(unavailable(this.label, this.#lastError, DEFAULTS.commandTimeoutMs))
        if (this.#client instanceof Redis && !this.#borrowed) this.#client.disconnect(true)
      }, left)
      reply.then(
        (value) => {
          clearTimeout(timer)
          resolve(value)
        },
        (error) => {
          clearTimeout(timer)
          reject(error)
        },
      )
    })
  }

  async #connected(started: number): Promise<void> {
    if (this.#closed) throw new ClosedError(`the connection to ${this.label} is closed`)
    const client = this.#client
    await new Promise<void>((resolve, reject) => {
      const left = DEFAULTS.commandTimeoutMs - (performance.now() - started)
      const finish = (error?: Error) => {
        clearTimeout(timer)
        client.off('ready', onReady)
        client.off('end', onEnd)
        if (error) reject(error)
        else resolve()
      }
      const onReady = () => finish()
      const onEnd = () => finish(this.#refused ?? unavailable(this.label, this.#lastError))
      const timer = setTimeout(
        () => finish(unavailable(this.label, this.#lastError, DEFAULTS.commandTimeoutMs)),
        Math.max(1, left),
      )
      client.on('ready', onReady)
      client.on('end', onEnd)
      if (client.status === 'wait' || client.status === 'end') {
        this.#refused = undefined
        // Its errors arrive as events: a refused connection is tried again until the time is up.
        client.connect().catch((error: Error) => {
          if (isAuthError(error)) this.#refused = error
        })
      }
    })
  }

  #pause(ms: number): Promise<void> {
    return new Promise((resolve) => setTimeout(resolve, ms))
  }

  /** Keeps the process open and the connection alive until the answer is called. */
  hold(): () => void {
    if (++this.#holds === 1) this.#setRef()
    let held = true
    return () => {
      if (!held) return
      held = false
      if (--this.#holds === 0) this.#setRef()
    }
  }

  #setRef(): void {
    if (this.#borrowed) return
    for (const client of [this.#client, this.#subscriber]) {
      const stream = (client as Redis | undefined)?.stream as Socket | undefined
      if (!stream) continue
      if (this.#holds > 0) stream.ref()
      else stream.unref()
    }
  }

  /**
   * Hears a channel. RESP3 delivers it on the same socket; a RESP2 or Cluster client gets a second one.
   * Messages published while the connection is down are lost: `onReady` says when to ask again.
   */
  async subscribe(channel: string, listener: (message: string) => void): Promise<void> {
    this.#listeners.set(channel, listener)
    this.#subscriber ??= this.#openSubscriber()
    const subscriber = this.#subscriber
    if (subscriber === this.#client) await this.attempt((client) => (client as Redis).subscribe(channel))
    else await subscriber.subscribe(channel)
  }

  #openSubscriber(): Redis | Cluster {
    const shares = this.#client instanceof Redis && !this.#borrowed && this.#client.options.protocol === 3
    const subscriber: Redis | Cluster = shares ? this.#client : duplicateOf(this.#client)
    subscriber.on('message', (channel: string, message: string) => this.#listeners.get(channel)?.(message))
    if (!shares) {
      subscriber.on('error', () => {})
      subscriber.on('ready', () => {
        for (const listener of this.#ready) listener()
      })
    }
    return subscriber
  }

  /** Calls back each time the connection is (again) there. */
  onReady(listener: () => void): () => void {
    this.#ready.add(listener)
    return () => this.#ready.delete(listener)
  }

  /** A connection of its own for commands that block. */
  duplicate(): Redis | Cluster {
    const copy = duplicateOf(this.#client, {
      lazyConnect: true,
      enableOfflineQueue: true,
      maxRetriesPerRequest: 0,
      autoResendUnfulfilledCommands: false,
      retryStrategy: () => null,
    })
    copy.on('error', (error: Error) => {
      this.#lastError = error
    })
    return copy
  }

  /** Whether an error of `run` only says that Redis is away for now. */
  isUnreachable(error: unknown): boolean {
    return error instanceof RedisUnavailableError && !this.#closed
  }

  get isReady(): boolean {
    return this.#client.status === 'ready'
  }

  get isCluster(): boolean {
    return !(this.#client instanceof Redis)
  }

  close(): void {
    if (this.#closed) return
    this.#closed = true
    if (this.#subscriber && this.#subscriber !== this.#client) this.#subscriber.disconnect()
    if (!this.#borrowed) this.#client.disconnect()
  }
}

function duplicateOf(client: Redis | Cluster, options: RedisOptions = {}): Redis | Cluster {
  return client instanceof Redis ? client.duplicate(options as object) : (client as Cluster).duplicate()
}
