import { randomUUID } from 'node:crypto'
import { onAbort } from '../core/on-abort.ts'
import { fromRef, type Ref, toRef } from '../core/record.ts'
import { ENDED } from '../core/states.ts'
import type { Ended, Waiter } from '../core/store.ts'
import { TransientMap } from '../core/transient-map.ts'
import type { Connection } from './connection.ts'
import { clientChannel, queueBase } from './keys.ts'
import { Noted } from './noted.ts'

interface Listener {
  /** An end counts only once the job has been requeued this often. */
  readonly requeues: number
  readonly waiter: Waiter | undefined
  /** What was pushed, until Redis says which end that was. */
  heard?: Ended
  readonly resolve: (ended: Ended) => void
  readonly reject: (error: unknown) => void
}

/** A push may be lost with its connection: every wait is asked again on reconnecting, and at this interval besides. */
const POLL_MS = 5_000
const BATCH = 200
const GONE: Ended = { status: 'gone' }
const NOT_NOTED = { noted: false, ended: undefined }

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
  readonly #waits = new TransientMap<Ref, Set<Listener>>()
  /** By queue, what the next tick asks for. */
  readonly #toAsk = new TransientMap<string, string[]>()
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
  waitFor(queue: string, id: string, signal?: AbortSignal, requeues = 0, waiter?: Waiter): Promise<Ended> {
    return new Promise((resolve, reject) => {
      if (waiter?.closed) return reject(waiter.closed)
      if (signal?.aborted) return reject(signal.reason)
      const ref = toRef(id, queue)
      // Whoever waits for a later end is to be noted anew.
      const { noted, ended } = requeues === 0 ? this.#noted.take(ref) : NOT_NOTED
      if (ended) return resolve(ended)
      const listeners = this.#waits.get(ref) ?? new Set()
      const unlisten =
        signal &&
        onAbort(signal, () => {
          listeners.delete(listener)
          if (listeners.size === 0) this.#forget(ref)
          listener.reject(signal.reason)
        })
      const listener: Listener = {
        requeues,
        waiter,
        resolve: (ended) => {
          unlisten?.()
          resolve(ended)
        },
        reject: (error) => {
          unlisten?.()
          reject(error)
        },
      }
      listeners.add(listener)
      const isFirst = listeners.size === 1
      if (!isFirst && requeues === 0) return
      this.#waits.set(ref, listeners)
      if (isFirst) this.#holdOpen()
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
      const asked = ids.flatMap((id) => [id, this.#requeuesOf(toRef(id, queue))])
      const args = [this.#channel, ...asked]
      const answers = await this.#connection.run<(string | number)[]>(
        'wait',
        queueBase(this.#prefix, queue),
        args,
      )
      for (const [i, id] of ids.entries()) {
        const [status, payload, requeues] = answers.slice(3 * i, 3 * i + 3)
        const ref = toRef(id, queue)
        if (status === 'gone') this.#end(ref, GONE)
        else if (status === 'waits') this.#believe(ref, Number(requeues))
        else this.#end(ref, { status, payload } as Ended, Number(requeues))
      }
    } catch (error) {
      this.#subscribed = undefined
      this.#hears = false
      // It comes back, and then every wait is asked again. Anything else, such as a wrong password, is for good.
      if (this.#connection.isUnreachable(error)) return
      for (const id of ids) this.#refuse(toRef(id, queue), error)
    }
  }

  /** The latest end that somebody waits for: then no earlier one goes unnoted either. */
  #requeuesOf(ref: Ref): number {
    let most = 0
    for (const { requeues } of this.#waits.get(ref) ?? []) most = Math.max(most, requeues)
    return most
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
    const ended = { status: message.slice(first + 1, second), payload: message.slice(second + 1) } as Ended
    const ref = message.slice(0, first) as Ref
    // Anybody may publish here.
    if (ended.status !== 'deleted' && !(ENDED as readonly string[]).includes(ended.status)) return
    if (!this.#waits.has(ref)) this.#noted.hear(ref, ended)
    this.#end(ref, ended, 0)
    const later = this.#waits.get(ref)
    if (!later) return
    // A push may come late, and be of an earlier end than these wait for: Redis is asked which it was.
    for (const listener of later) listener.heard = ended
    const { queue, id } = fromRef(ref)
    this.#ask(queue, id)
  }

  /** @param requeues how often the job had been requeued before this end; a job that is gone has no other end to come */
  #end(ref: Ref, ended: Ended, requeues = Number.POSITIVE_INFINITY): void {
    const listeners = this.#waits.get(ref) ?? new Set()
    for (const listener of listeners) {
      if (listener.requeues > requeues) continue
      listeners.delete(listener)
      listener.resolve(ended === GONE && listener.heard ? listener.heard : ended)
    }
    if (listeners.size === 0) this.#forget(ref)
  }

  /** Requeued again since: what was pushed was the end that they waited for. */
  #believe(ref: Ref, requeues: number): void {
    const listeners = this.#waits.get(ref)
    for (const listener of listeners ?? []) {
      if (!listener.heard || listener.requeues >= requeues) continue
      listeners?.delete(listener)
      listener.resolve(listener.heard)
    }
    if (listeners?.size === 0) this.#forget(ref)
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

  /** Closed waiters wait no more; the last wait of all lets go of the process. */
  dropClosed(): void {
    for (const [ref, listeners] of [...this.#waits]) {
      for (const listener of listeners) {
        const error = listener.waiter?.closed
        if (!error) continue
        listeners.delete(listener)
        listener.reject(error)
      }
      if (listeners.size === 0) this.#forget(ref)
    }
  }

  close(error: Error): void {
    this.dropClosed()
    for (const ref of [...this.#waits.keys()]) this.#refuse(ref, error)
  }
}
