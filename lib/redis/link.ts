import type { Cluster, Redis, RedisOptions } from 'ioredis'
import { ClosedError } from '../core/errors.ts'
import { DEFAULTS } from '../core/options.ts'
import { TransientMap } from '../core/transient-map.ts'
import { socketsOf } from './cluster-client.ts'
import { isRefusal, mapError, unavailable } from './map-error.ts'

/**
 * What our own clients are told. Opening, sending again and subscribing again are done here and in `Connection`, where it is
 * known what is needed and what may be repeated; ioredis ends the client, and every unanswered command, with its socket.
 */
const OWN_CLIENT = {
  lazyConnect: true,
  enableAutoPipelining: false,
  enableOfflineQueue: false,
  autoResendUnfulfilledCommands: false,
  autoResubscribe: false,
  maxRetriesPerRequest: null,
  retryStrategy: () => null,
  reconnectOnError: (error: Error) => (error.message.startsWith('READONLY') ? 1 : false),
} as const satisfies RedisOptions

/** Behind sentinels a master that has lost its replica may have been replaced: they are asked again, as after READONLY. */
export function ownOptions(isBehindSentinels: boolean): RedisOptions {
  if (!isBehindSentinels) return OWN_CLIENT
  return {
    ...OWN_CLIENT,
    reconnectOnError: ({ message }) => (/^(READONLY|NOREPLICAS)/.test(message) ? 1 : false),
  }
}

/** `own`: opened and closed here. `borrowed`: the caller's. `copy`: a borrowed cluster's, which looks after itself until it is closed here. */
export type Ownership = 'own' | 'borrowed' | 'copy'

export interface LinkEvents {
  /** It is there, for the first time or again. */
  ready(): void
  /** What was under way is lost. */
  lost(): void
}

interface Waiter {
  resolve(): void
  reject(error: Error): void
}

const RECONNECT_MS = 50
const LONGEST_RECONNECT_MS = 1_000

/** One client. While it is needed it is kept open and comes back; else it neither reconnects nor holds the process open. */
export class Link {
  readonly client: Redis | Cluster
  readonly #label: string
  readonly #ownership: Ownership
  readonly #events: LinkEvents
  readonly #waiters = new Set<Waiter>()
  #calls = 0
  /** By the number of the call. */
  readonly #unanswered = new TransientMap<number, (error: Error) => void>()
  #needed = false
  #closed = false
  #failures = 0
  #refused: Error | undefined
  #lastError: Error | undefined
  #retry: NodeJS.Timeout | undefined
  #handshake: NodeJS.Timeout | undefined

  constructor(client: Redis | Cluster, label: string, ownership: Ownership, events: LinkEvents) {
    this.client = client
    this.#label = label
    this.#ownership = ownership
    this.#events = events
    for (const [event, listener] of this.#listeners) client.on(event, listener)
  }

  readonly #listeners: readonly [event: string, listener: (error: Error) => void][] = [
    ['error', (error) => this.#onError(error)],
    // Of one node of a cluster: why, should none be left.
    ['node error', (error) => this.#onError(error)],
    ['connect', () => this.#onConnect()],
    ['ready', () => this.#onReady()],
    ['close', () => this.#onClose()],
    // A cluster has lost one of its nodes. A borrowed one sends again by itself without saying so.
    ['-node', () => this.#onClose()],
    ['end', () => this.#onEnd()],
  ]

  get isReady(): boolean {
    return this.client.status === 'ready'
  }

  /** The last thing that went wrong with the socket. */
  get lastError(): Error | undefined {
    return this.#lastError
  }

  /** Resolves when commands can be sent. @throws RedisUnavailableError after `ms`; RedisAuthError at once */
  ready(ms: number): Promise<void> {
    return new Promise((resolve, reject) => {
      if (this.#closed) return reject(this.#closedError())
      if (this.isReady) return resolve()
      const waiter = {
        resolve: () => settle(resolve),
        reject: (error: Error) => settle(() => reject(error)),
      }
      const settle = (answer: () => void) => {
        clearTimeout(timer)
        this.#waiters.delete(waiter)
        answer()
      }
      const timer = setTimeout(
        () => waiter.reject(unavailable(this.#label, this.#lastError)),
        Math.max(1, ms),
      )
      this.#waiters.add(waiter)
      this.#open()
    })
  }

  /** A reply, or an error once the socket is lost or was silent for `ms`. What it says of a command is only that the answer is missing. */
  answered<T>(reply: Promise<T>, ms: number): Promise<T> {
    return new Promise((resolve, reject) => {
      const call = ++this.#calls
      const onLost = (error: Error) => {
        clearTimeout(timer)
        this.#unanswered.delete(call)
        reject(error)
      }
      const giveUp = () => {
        if (!this.#unanswered.has(call)) return
        onLost(timedOut(ms))
        this.drop()
      }
      // Timers come before sockets: a process that was not let run for so long looks first at what has arrived meanwhile.
      const timer = setTimeout(() => setImmediate(giveUp), Math.max(1, ms))
      this.#unanswered.set(call, onLost)
      reply.then((value) => {
        clearTimeout(timer)
        this.#unanswered.delete(call)
        resolve(value)
      }, onLost)
    })
  }

  /** Whether anything is under way that needs the connection. */
  setNeeded(needed: boolean): void {
    this.#needed = needed
    if (this.#ownership !== 'own') return
    const { status } = this.client
    if (needed || status === 'ready') {
      this.#setRef()
      return
    }
    this.#clearTimers()
    if (status !== 'wait' && status !== 'end') this.drop()
  }

  /** Gives a silent socket up. Not the caller's own, who may know better. */
  drop(): void {
    if (this.#ownership !== 'own') return
    const sockets = this.client.isCluster ? [] : socketsOf(this.client)
    if (sockets.length === 0) this.client.disconnect()
    for (const socket of sockets) socket.destroy()
  }

  /** Resolves when the socket is gone. A borrowed client is only let go of. */
  async close(): Promise<void> {
    if (this.#closed) return
    this.#closed = true
    this.#clearTimers()
    this.#rejectWaiters(this.#closedError())
    if (this.#ownership === 'borrowed') {
      for (const [event, listener] of this.#listeners) this.client.off(event, listener)
      for (const lose of this.#unanswered.values()) lose(this.#closedError())
      return
    }
    if (this.#ownership === 'copy') {
      this.client.disconnect()
      return
    }
    if (this.isReady) {
      const ended = new Promise((resolve) => this.client.once('end', resolve))
      this.client.disconnect()
      for (const socket of socketsOf(this.client)) socket.destroySoon()
      await ended
    } else if (this.client.status !== 'wait' && this.client.status !== 'end') {
      this.drop()
    }
  }

  #open(): void {
    const { status } = this.client
    if (this.#retry || (status !== 'wait' && status !== 'end')) return
    if (this.#ownership !== 'own' && status === 'end') {
      this.#rejectWaiters(this.#closedError())
      return
    }
    this.#refused = undefined
    // Its errors arrive as events.
    this.client.connect().catch(() => {})
  }

  #onError(error: Error): void {
    // Of a cluster whose nodes all failed: the last one says why.
    this.#lastError = (error as { lastNodeError?: Error }).lastNodeError ?? error
    if (isRefusal(error)) this.#refused = error
  }

  #onConnect(): void {
    if (this.#ownership !== 'own') return
    this.#setRef()
    // ioredis bounds the time to connect, not that to the first answer.
    const ms = (this.client as Redis).options.connectTimeout ?? DEFAULTS.connectTimeoutMs
    clearTimeout(this.#handshake)
    this.#handshake = setTimeout(() => {
      this.#lastError = timedOut(ms)
      this.drop()
    }, ms)
  }

  #onReady(): void {
    clearTimeout(this.#handshake)
    // A database number out of range is refused, and yet the client goes on with database 0.
    if (this.#refused && this.#ownership === 'own') {
      this.drop()
      return
    }
    this.#failures = 0
    this.#lastError = undefined
    this.#setRef()
    this.#events.ready()
    for (const waiter of this.#waiters) waiter.resolve()
  }

  #onClose(): void {
    this.#events.lost()
    const error = Object.assign(new Error('the connection was lost'), { code: 'ECONNRESET' })
    for (const lose of this.#unanswered.values()) lose(error)
  }

  #onEnd(): void {
    // Opened again between the end and the word of it.
    if (this.client.status !== 'end') return
    clearTimeout(this.#handshake)
    const why = this.#whyNotAgain
    if (why) {
      this.#rejectWaiters(why)
      return
    }
    const delay = Math.min(RECONNECT_MS * 2 ** Math.min(this.#failures++, 10), LONGEST_RECONNECT_MS)
    this.#retry ??= setTimeout(
      () => {
        this.#retry = undefined
        this.#open()
      },
      delay * (0.75 + Math.random() / 2),
    )
  }

  get #whyNotAgain(): Error | undefined {
    // Whoever ended a borrowed client meant it.
    if (this.#closed || this.#ownership !== 'own') return this.#closedError()
    if (this.#refused) return mapError(this.#refused, this.#label)
    return this.#needed ? undefined : unavailable(this.#label, this.#lastError)
  }

  #rejectWaiters(error: Error): void {
    for (const waiter of this.#waiters) waiter.reject(error)
  }

  #clearTimers(): void {
    clearTimeout(this.#retry)
    clearTimeout(this.#handshake)
    this.#retry = undefined
  }

  #setRef(): void {
    if (this.#ownership !== 'own') return
    for (const socket of socketsOf(this.client)) {
      if (this.#needed) socket.ref()
      else socket.unref()
    }
  }

  #closedError(): ClosedError {
    const what =
      this.#ownership === 'borrowed' && !this.#closed ? 'the ioredis client of' : 'the connection to'
    return new ClosedError(`${what} ${this.#label} is closed; make a new one to go on`)
  }
}

function timedOut(ms: number): Error {
  return Object.assign(new Error(`no answer for ${Math.round(ms) / 1000} s`), { code: 'ETIMEDOUT' })
}
