import { randomUUID } from 'node:crypto'
import { fromRef, type Ref, toRef } from '../core/record.ts'
import type { Ended } from '../core/store.ts'
import type { Connection } from './connection.ts'
import { clientChannel, queueBase } from './keys.ts'
import { Noted } from './noted.ts'

interface Listener {
  readonly resolve: (ended: Ended) => void
  readonly reject: (error: unknown) => void
}

/** A push may be lost with its connection: every wait is asked again on reconnecting, and at this interval besides. */
const POLL_MS = 5_000
const BATCH = 200

/**
 * Waits for jobs to end. The script that first looks for an outcome notes this client if there is none yet, and the
 * script that ends the job pushes the outcome itself, so nothing can fall between the two.
 */
export class Waiting {
  readonly #connection: Connection
  readonly #prefix: string
  readonly #channel: string
  readonly #noted = new Noted()
  #hears = false
  readonly #waits = new Map<Ref, Set<Listener>>()
  /** By queue, what the next tick asks for. */
  readonly #toAsk = new Map<string, string[]>()
  #subscribed: Promise<void> | undefined
  #release: (() => void) | undefined
  #poll: NodeJS.Timeout | undefined

  constructor(connection: Connection, prefix: string) {
    this.#connection = connection
    this.#prefix = prefix
    this.#channel = clientChannel(prefix, randomUUID())
    connection.onReady(() => {
      this.#noted.clear()
      this.#askAll()
    })
  }

  /** Where to push the outcome of a job that is about to be enqueued, if this client will want it at once. */
  channelFor(ref: Ref): string | undefined {
    return this.#hears && this.#noted.expect(ref) ? this.#channel : undefined
  }

  /** The enqueue did not note this client, or may not have. */
  notNoted(ref: Ref): void {
    this.#noted.drop(ref)
  }

  /** Resolves when the job has ended, however long that takes and whatever happens to the connection. */
  waitFor(queue: string, id: string, signal?: AbortSignal): Promise<Ended> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason)
      const ref = toRef(id, queue)
      const { noted, ended } = this.#noted.take(ref)
      if (ended) return resolve(ended)
      const listeners = this.#waits.get(ref) ?? new Set()
      const onAbort = () => {
        listeners.delete(listener)
        if (listeners.size === 0) this.#forget(ref)
        reject(signal?.reason)
      }
      const listener: Listener = {
        resolve: (ended) => {
          signal?.removeEventListener('abort', onAbort)
          resolve(ended)
        },
        reject: (error) => {
          signal?.removeEventListener('abort', onAbort)
          reject(error)
        },
      }
      signal?.addEventListener('abort', onAbort, { once: true })
      listeners.add(listener)
      if (listeners.size > 1) return
      this.#waits.set(ref, listeners)
      this.#holdOpen()
      if (!noted) this.#ask(queue, id)
    })
  }

  /** All that one tick asks of a queue goes out in one call. */
  #ask(queue: string, id: string): void {
    const ids = this.#toAsk.get(queue)
    if (ids) {
      ids.push(id)
      return
    }
    this.#toAsk.set(queue, [id])
    queueMicrotask(() => {
      const all = this.#toAsk.get(queue) ?? []
      this.#toAsk.delete(queue)
      for (let i = 0; i < all.length; i += BATCH) void this.#send(queue, all.slice(i, i + BATCH))
    })
  }

  async #send(queue: string, ids: readonly string[]): Promise<void> {
    try {
      this.#subscribed ??= this.#connection.subscribe(this.#channel, (message) => this.#hear(message))
      // First: what is published between the two would be lost.
      await this.#subscribed
      this.#hears = true
      const args = [this.#channel, ...ids]
      const answers = await this.#connection.run<string[]>('wait', queueBase(this.#prefix, queue), args)
      for (const [i, id] of ids.entries()) {
        const [status, payload] = [answers[2 * i], answers[2 * i + 1]]
        if (status !== 'waits') this.#end(toRef(id, queue), { status, payload } as Ended)
      }
    } catch (error) {
      this.#subscribed = undefined
      this.#hears = false
      // It comes back, and then every wait is asked again. Anything else, such as a wrong password, is for good.
      if (this.#connection.isUnreachable(error)) return
      for (const id of ids) this.#refuse(toRef(id, queue), error)
    }
  }

  #askAll(): void {
    for (const ref of this.#waits.keys()) {
      const { queue, id } = fromRef(ref)
      this.#ask(queue, id)
    }
  }

  /** A message is the job's ref, its status and the payload, each on a line of its own; the payload may have more. */
  #hear(message: string): void {
    const first = message.indexOf('\n')
    const second = message.indexOf('\n', first + 1)
    const ended = { status: message.slice(first + 1, second), payload: message.slice(second + 1) }
    this.#end(message.slice(0, first) as Ref, ended as Ended)
  }

  #end(ref: Ref, ended: Ended): void {
    const listeners = this.#waits.get(ref)
    if (!listeners) {
      this.#noted.hear(ref, ended)
      return
    }
    this.#forget(ref)
    for (const listener of listeners) listener.resolve(ended)
  }

  #refuse(ref: Ref, error: unknown): void {
    const listeners = this.#waits.get(ref)
    this.#forget(ref)
    for (const listener of listeners ?? []) listener.reject(error)
  }

  /** A pending wait holds the process open; the last one that ends lets it go. */
  #holdOpen(): void {
    if (this.#release) return
    this.#release = this.#connection.hold()
    this.#poll = setInterval(() => this.#askAll(), POLL_MS)
  }

  #forget(ref: Ref): void {
    if (!this.#waits.delete(ref) || this.#waits.size > 0) return
    clearInterval(this.#poll)
    this.#release?.()
    this.#release = undefined
  }

  close(error: Error): void {
    for (const ref of [...this.#waits.keys()]) this.#refuse(ref, error)
  }
}
