import { DEFAULTS } from '../core/options.ts'
import { fromRef, type Ref, toRef } from '../core/record.ts'
import type { Connection } from './connection.ts'
import { queueBase } from './keys.ts'
import { redisNow } from './time.ts'

const FIRST = '-inf'
/** Effects that are looked for in one call. */
const PAGE = 100
/** What could not be delivered is tried again after this. */
const PUT_OFF_MS = 5_000
/** Parents whose ends are told of in one call. */
const MOST_PARENTS = 100

/** An effect of a job's end, in the queue that holds the job: `deps:<id>`, or `fx:<id>`. */
type Effect = [queue: string, effect: string]

export type FollowUp = (queue: string, id: string) => Promise<void>

type Released = [
  through: number,
  cursor: string,
  outcome: string,
  payload: string,
  foreign: Ref[],
  owed: string[],
]

/**
 * Carries what one queue owes to jobs elsewhere: a parent's end to its dependents, a child's registration to its parents. Each
 * effect was written down in the script that caused it and is struck off only when it is done; done twice it changes nothing.
 */
export class Outbox {
  readonly #connection: Connection
  readonly #prefix: string
  readonly #followUp: FollowUp

  /** @param followUp what is done for a job that has ended: its callbacks, webhooks and group */
  constructor(connection: Connection, prefix: string, followUp: FollowUp) {
    this.#connection = connection
    this.#prefix = prefix
    this.#followUp = followUp
  }

  /** Delivers what is due in a queue, a page of it. Answers how many that were, whether there may be more, and what kept one from it. */
  async deliverDue(queue: string): Promise<{ delivered: number; more: boolean; trouble?: unknown }> {
    const base = queueBase(this.#prefix, queue)
    const due = await this.#connection.attempt(async (client) => {
      const now = await redisNow(client)
      return client.zrangebyscore(`${base}outbox`, '-inf', now, 'LIMIT', 0, PAGE)
    })
    const ends = due.filter((effect) => /^(deps|fx):/.test(effect))
    let trouble: unknown
    // Together, and where that fails one by one: what was delivered by then changes nothing.
    const isDelivered = await this.deliver(queue, ends).then(
      () => true,
      () => false,
    )
    for (const effect of due) {
      try {
        if (effect.startsWith('reg:')) await this.register(queue, idOf(effect))
        else if (!ends.includes(effect))
          await this.#connection.attempt((client) => client.zrem(`${base}outbox`, effect))
        else if (!isDelivered) await this.deliver(queue, [effect])
      } catch (error) {
        // One that cannot be delivered must keep the others from it neither now nor the next time.
        trouble ??= error
        await this.#putOff(base, effect)
      }
    }
    return { delivered: due.length, more: due.length === PAGE, trouble }
  }

  async #putOff(base: string, effect: string): Promise<void> {
    await this.#connection.attempt(async (client) => {
      await client.zadd(`${base}outbox`, 'XX', (await redisNow(client)) + PUT_OFF_MS, effect)
    })
  }

  /** Delivers effects, and what follows from them: dependents that were canceled have dependents of their own. */
  async deliver(queue: string, effects: readonly string[]): Promise<void> {
    const pending: Effect[] = effects.map((effect) => [queue, effect])
    while (pending.length > 0) await this.#deliverNext(pending)
  }

  /** The first, and with a parent's end those of other parents of its queue, which go together. */
  async #deliverNext(pending: Effect[]): Promise<void> {
    const [queue, effect] = pending.shift()!
    if (effect.startsWith('fx:')) {
      await this.#followUp(queue, idOf(effect))
      return
    }
    const parents = [idOf(effect)]
    while (parents.length < MOST_PARENTS && pending[0]?.[0] === queue && !pending[0][1].startsWith('fx:'))
      parents.push(idOf(pending.shift()![1]))
    await this.#release(queue, parents, pending)
  }

  /** Tells the dependents of each parent how it ended. */
  async #release(queue: string, parents: readonly string[], pending: Effect[]): Promise<void> {
    const base = queueBase(this.#prefix, queue)
    let rest = parents
    let cursor = FIRST
    let confirmed: string[] = []
    while (rest.length > 0) {
      const args = [queue, DEFAULTS.failureTtlMs, cursor, confirmed.length, ...confirmed, ...rest]
      const [through, next, outcome, payload, foreign, owed] = await this.#connection.run<Released>(
        'release',
        base,
        args,
      )
      for (const owing of owed) pending.push([queue, owing])
      rest = rest.slice(through)
      confirmed = []
      for (const child of foreign) {
        const ref = toRef(rest[0]!, queue)
        if (await this.#settle(child, ref, outcome, payload, false, pending)) confirmed.push(child)
      }
      cursor = next || FIRST
    }
  }

  /** Registers a child with its parents in other queues. The last word of theirs strikes off the reminder. */
  async register(queue: string, child: string): Promise<void> {
    const base = queueBase(this.#prefix, queue)
    const [status, words] = await this.#connection.attempt((client) =>
      Promise.all([client.hget(`${base}job:${child}`, 'st'), client.hgetall(`${base}parents:${child}`)]),
    )
    const isNew = (ref: string) => status === 'deferred' && words[ref]!.startsWith('n')
    const open = Object.keys(words).filter(isNew) as Ref[]
    const pending: Effect[] = []
    const childRef = toRef(child, queue)
    for (const [i, parent] of open.entries())
      await this.#registerWith(parent, childRef, i === open.length - 1, pending)
    if (open.length === 0)
      await this.#connection.attempt((client) => client.zrem(`${base}outbox`, `reg:${child}`))
    for (const [where, owing] of pending) await this.deliver(where, [owing])
  }

  /** Takes a canceled child out of the dependents of parents in other queues. */
  async leave(queue: string, child: string, parents: readonly Ref[]): Promise<void> {
    const childRef = toRef(child, queue)
    for (const parent of parents) {
      const { id, queue: where } = fromRef(parent)
      const key = `${queueBase(this.#prefix, where)}dependents:${id}`
      await this.#connection.attempt((client) => client.zrem(key, childRef))
    }
    const record = `${queueBase(this.#prefix, queue)}job:${child}`
    if ((await this.#connection.attempt((client) => client.hget(record, 'st'))) !== 'deferred') return
    // Requeued meanwhile, so it may have been registered just before it was taken out.
    const pending: [string, string][] = []
    for (const parent of parents) await this.#registerWith(parent, childRef, false, pending)
    for (const [where, id] of pending) await this.deliver(where, [id])
  }

  async #registerWith(parent: Ref, child: Ref, last: boolean, pending: [string, string][]): Promise<void> {
    const { id, queue } = fromRef(parent)
    const base = queueBase(this.#prefix, queue)
    const [outcome, payload] = await this.#connection.run<[string, string]>('register', base, [id, child])
    await this.#settle(child, parent, outcome, payload, last, pending)
  }

  /** Tells one child how one parent stands, when no script did. */
  async tell(child: string, queue: string, parent: Ref, outcome: string): Promise<void> {
    const pending: Effect[] = []
    await this.#settle(toRef(child, queue), parent, outcome, '', false, pending)
    for (const [where, owing] of pending) await this.deliver(where, [owing])
  }

  async #settle(
    child: Ref,
    parent: Ref,
    outcome: string,
    payload: string,
    last: boolean,
    pending: Effect[],
  ): Promise<boolean> {
    const { id, queue } = fromRef(child)
    const args = [id, parent, outcome, payload, DEFAULTS.failureTtlMs, last ? 1 : 0]
    const [done, owed] = await this.#connection.run<[number, string[]]>(
      'settle',
      queueBase(this.#prefix, queue),
      args,
    )
    for (const owing of owed) pending.push([queue, owing])
    return done === 1
  }
}

function idOf(effect: string): string {
  return effect.slice(effect.indexOf(':') + 1)
}
