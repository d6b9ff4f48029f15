import type { Cluster, Redis, RedisOptions } from 'ioredis'
import { FunqError, RedisUnavailableError } from '../core/errors.ts'
import { DEFAULTS } from '../core/options.ts'
import { newClusterClient, socketsOf } from './cluster-client.ts'
import { ioredis } from './ioredis.ts'
import { slotGuard } from './keys.ts'
import { Link, ownOptions } from './link.ts'
import { isConnectionError, isPassing, mapError, unavailable } from './map-error.ts'
import { SCRIPTS } from './scripts.gen.ts'
import { checkServer } from './server-version.ts'
import type { Target } from './target.ts'

export type ScriptName = keyof typeof SCRIPTS

type ScriptCall = (base: string, ...args: (string | number | Buffer)[]) => Promise<unknown>

export interface RunOptions {
  /** Called before what was sent, and may have been done, is sent once more. */
  readonly again?: () => void
  /** Whether Redis writes to those who hear of it by a channel before it writes the answer. @default false */
  readonly answerLast?: boolean
}

/**
 * One connection to Redis that a process shares. It connects on first use. While nothing is under way it neither
 * holds the process open nor reconnects, so that a script ends by itself.
 */
export class Connection {
  readonly label: string
  readonly #link: Link
  readonly #borrowed: boolean
  readonly #timeoutMs: number
  readonly #listeners = new Set<() => void>()
  readonly #channels = new Map<string, (message: string) => void>()
  #subscriber: Link | undefined
  #holds = 0
  #checked = false
  #checking: Promise<void> | undefined

  /** @param timeoutMs how long a command may take, connecting and sending again included */
  constructor(target: Target, timeoutMs: number = DEFAULTS.commandTimeoutMs) {
    this.label = target.label
    this.#borrowed = target.borrowed !== undefined
    this.#timeoutMs = timeoutMs
    const client = target.borrowed ?? newClient(target)
    this.#link = this.#newLink(client, this.#borrowed ? 'borrowed' : 'own')
    for (const [name, lua] of Object.entries(SCRIPTS)) {
      const numberOfKeys = client.isCluster ? 2 : 1
      if (!(`funq:${name}` in client)) client.defineCommand(`funq:${name}`, { lua, numberOfKeys })
    }
  }

  #newLink(client: Redis | Cluster, ownership: 'own' | 'borrowed' | 'copy'): Link {
    const link: Link = new Link(client, this.label, ownership, {
      ready: () => this.#onReady(link),
      lost: () => {
        this.#checked = false
        this.#checking = undefined
        // A cluster that lost a node goes on with the others, and may have lost what it heard by that one.
        if (client.isCluster && client.status === 'ready' && this.#holds > 0) this.#onReady(link)
      },
    })
    return link
  }

  /** Runs an arrow. After a lost connection it is sent again until it is answered or the time is up. */
  run<T>(
    script: ScriptName,
    base: string,
    args: readonly (string | number | Buffer)[],
    { again, answerLast = false }: RunOptions = {},
  ): Promise<T> {
    const keys = this.isCluster ? [slotGuard(base)] : []
    const call = (client: unknown) =>
      (client as Record<string, ScriptCall>)[`funq:${script}`]!(base, ...keys, ...args) as Promise<T>
    const send = answerLast && !this.isCluster ? (client: Redis) => behindPing(client, call) : call
    return this.#attempt(this.#link, send, again)
  }

  /** Sends plain commands by the client given, with the same patience as `run`. */
  attempt<T>(send: (client: Redis) => Promise<T>): Promise<T> {
    return this.#attempt(this.#link, send)
  }

  /** @param again called before what was sent, and may have been done, is sent once more */
  async #attempt<T>(link: Link, send: (client: Redis) => Promise<T>, again?: () => void): Promise<T> {
    const release = this.hold()
    const deadline = performance.now() + this.#timeoutMs
    const left = () => deadline - performance.now()
    // Half the time for one answer: a half-open socket of ours is replaced while there is time to ask again.
    const patience = this.#borrowed ? this.#timeoutMs : this.#timeoutMs / 2
    let refused: Error | undefined
    try {
      for (let attempt = 1; ; attempt++) {
        let sent = false
        try {
          if (!link.isReady) await link.ready(left())
          if (!this.#checked && link === this.#link) await this.#check(Math.min(left(), patience))
          sent = true
          return await link.answered(send(link.client as Redis), Math.min(left(), patience))
        } catch (error) {
          if (error instanceof FunqError || !isPassing(error as Error)) throw error
          if (!isConnectionError(error as Error)) refused = error as Error
          if (left() > 0) await pause(Math.min(20 * attempt, 500, left()))
          if (left() <= 0) throw error
          if (sent && isConnectionError(error as Error)) again?.()
        }
      }
    } catch (error) {
      throw this.#explain(error as Error, refused)
    } finally {
      release()
    }
  }

  /** @param refused what the server said before: it tells more than that the last try was not answered in the time that was left */
  #explain(error: Error, refused: Error | undefined): Error {
    if (error instanceof RedisUnavailableError) {
      return unavailable(this.label, (error.cause as Error | undefined) ?? refused, this.#timeoutMs)
    }
    if (refused && (error as NodeJS.ErrnoException).code === 'ETIMEDOUT')
      return unavailable(this.label, refused, this.#timeoutMs)
    if (isPassing(error)) return unavailable(this.label, error, this.#timeoutMs)
    return mapError(error, this.label)
  }

  /** Once a connection, before anything is written. A user who may not ask is let through. */
  async #check(ms: number): Promise<void> {
    this.#checking ??= this.#link.client.info('server').then(
      (info) => {
        const problem = checkServer(info, this.label)
        if (problem) throw problem
      },
      (error: Error) => {
        if (!error.message.startsWith('NOPERM')) throw error
      },
    )
    const checking = this.#checking
    try {
      await this.#link.answered(checking, ms)
      this.#checked = true
    } finally {
      if (this.#checking === checking) this.#checking = undefined
    }
  }

  /** Keeps the process open and the connection alive until the answer is called. */
  hold(): () => void {
    if (++this.#holds === 1) this.#setNeeded(true)
    let held = true
    return () => {
      if (!held) return
      held = false
      if (--this.#holds === 0) this.#setNeeded(false)
    }
  }

  #setNeeded(needed: boolean): void {
    this.#link.setNeeded(needed)
    if (this.#subscriber && this.#subscriber !== this.#link) this.#subscriber.setNeeded(needed)
  }

  /**
   * Hears a channel. RESP3 delivers it on the same socket; a RESP2 or borrowed client gets a second one. A Cluster has one for it.
   * Messages published while the connection is down are lost: `onReady` says when to ask again.
   */
  async subscribe(channel: string, listener: (message: string) => void): Promise<void> {
    this.#channels.set(channel, listener)
    await this.attempt(() => Promise.resolve())
    this.#subscriber ??= this.#openSubscriber()
    await this.#attempt(this.#subscriber, (client) => client.subscribe(channel))
  }

  /** Once connected, for only then is it known what the server, or a proxy in front of it, speaks. */
  #openSubscriber(): Link {
    const { client } = this.#link
    const shares = !this.#borrowed && (this.isCluster || protocolOf(client) === 3)
    const link = shares ? this.#link : this.#newLink(copyOf(client), this.isCluster ? 'copy' : 'own')
    link.client.on('message', (channel: string, message: string) => this.#channels.get(channel)?.(message))
    link.setNeeded(this.#holds > 0)
    return link
  }

  #onReady(link: Link): void {
    const channels = link === this.#subscriber ? [...this.#channels.keys()] : []
    const subscribed = channels.length > 0 ? this.#hearAgain(link, channels) : Promise.resolve()
    // Whoever asks again must hear what is published after the answer.
    subscribed.then(
      () => {
        for (const listener of this.#listeners) listener()
      },
      () => {},
    )
  }

  /** A Cluster's client chooses another node to hear by, and may choose more than once until it finds one that lives. */
  async #hearAgain(link: Link, channels: readonly string[]): Promise<void> {
    if (link.client.isCluster) await this.#attempt(link, (client) => client.subscribe(...channels))
    else await link.client.subscribe(...channels)
  }

  /** Calls back each time the connection is (again) there. */
  onReady(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** A connection of its own for commands that block. It is tried once a use, and its user closes it. */
  duplicate(): Redis | Cluster {
    const copy = copyOf(this.#link.client, { enableOfflineQueue: true })
    copy.on('error', () => {})
    return copy
  }

  /** Whether an error of `run` only says that Redis is away for now. */
  isUnreachable(error: unknown): boolean {
    return error instanceof RedisUnavailableError
  }

  get isReady(): boolean {
    return this.#link.isReady
  }

  /** Why there is no connection yet, as far as that is known. */
  get trouble(): RedisUnavailableError {
    return unavailable(this.label, this.#link.lastError)
  }

  /** To compare another client with; commands go through `run` and `attempt`. */
  get client(): Redis | Cluster {
    return this.#link.client
  }

  /** Whether what is published comes on the connection of the replies, and so in the order in which Redis did both. */
  get hearsInOrder(): boolean {
    return this.#subscriber === this.#link && !this.isCluster
  }

  get isCluster(): boolean {
    return this.#link.client.isCluster
  }

  /** Resolves when no socket is left. A borrowed client stays as it is. */
  async close(): Promise<void> {
    const subscriber = this.#subscriber === this.#link ? undefined : this.#subscriber
    await Promise.all([subscriber?.close(), this.#link.close()])
  }
}

function newClient({ cluster, options }: Target): Redis | Cluster {
  if (cluster) return newClusterClient(cluster, options)
  // A server that still loads is asked again as any other that cannot serve now. Behind sentinels the check tells the roles.
  const enableReadyCheck = options.sentinels != null
  const connectTimeout = DEFAULTS.connectTimeoutMs
  const { Redis } = ioredis()
  return new Redis({
    connectTimeout,
    // Without this word of its own ioredis speaks plain text to a server that sentinels name, password and all, though `tls` is given.
    enableTLSForSentinelMode: options.tls != null,
    ...options,
    ...ownOptions(enableReadyCheck),
    enableReadyCheck,
  } as object)
}

/** A limit of the caller's on commands would cut off those that block. */
function copyOf(client: Redis | Cluster, options: RedisOptions = {}): Redis | Cluster {
  if (client.isCluster) return (client as Cluster).duplicate([], { enableOfflineQueue: true })
  return (client as Redis).duplicate({
    ...ownOptions(Boolean((client as Redis).options.sentinels)),
    commandTimeout: undefined,
    ...options,
  } as object)
}

/**
 * After its scripts Redis writes first to the client that was the last to get something to be written, which is the one that called; whoever is told
 * by a channel would wait for that write, and for what it wakes. The answer to a command before puts the caller behind them. Both go out in one write.
 */
function behindPing<T>(client: Redis, send: (client: Redis) => Promise<T>): Promise<T> {
  const sockets = socketsOf(client)
  for (const socket of sockets) socket.cork()
  client.ping().catch(() => {})
  try {
    return send(client)
  } finally {
    for (const socket of sockets) socket.uncork()
  }
}

/** Which RESP the connection came down to; ioredis does not tell it otherwise. */
function protocolOf(client: Redis | Cluster): number | undefined {
  return (client as unknown as { condition?: { protocol?: number } }).condition?.protocol
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, Math.max(0, ms)))
}
