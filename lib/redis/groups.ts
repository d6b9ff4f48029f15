import { v4 as uuid } from 'uuid'
import { groupFollowUp } from '../core/follow-ups.ts'
import {
  type GroupCallback,
  type GroupProgress,
  type GroupStore,
  MEMBER_OUTCOMES,
  type MemberOutcome,
} from '../core/groups.ts'
import { DEFAULTS } from '../core/options.ts'
import { fromRef, type Ref } from '../core/record.ts'
import type { Signer } from '../core/signature.ts'
import type { NewJob } from '../core/store.ts'
import type { Connection } from './connection.ts'
import { groupBase, queueBase } from './keys.ts'
import { redisNow } from './time.ts'

const MEMBERS_A_CALL = 500
/** Of open groups in one call, of which there may be some in a tick. */
const GROUPS_A_CALL = 100
const CALLS_A_TICK = 10
/** An open group is looked at this often. */
const LOOK_AGAIN_MS = 20_000
/** Of all that are listed, to find those that have expired. */
const LISTED_A_TICK = 20
const MEMBERS_A_LOOK = 100
const LOOKS_A_TICK = 20
/** Members are counted in before their jobs are enqueued: one without a record is lost only after this. */
const LOST_AFTER_MS = 60_000

type EnqueueOne = (queue: string, job: NewJob) => Promise<unknown>

/** Groups on Redis, each in a Cluster slot of its own: a member tells of its end by the outbox of its queue. */
export class RedisGroups implements GroupStore {
  readonly #connection: Connection
  readonly #prefix: string
  readonly #signer: Signer | undefined
  readonly #enqueue: EnqueueOne

  constructor(connection: Connection, prefix: string, signer: Signer | undefined, enqueue: EnqueueOne) {
    this.#connection = connection
    this.#prefix = prefix
    this.#signer = signer
    this.#enqueue = enqueue
  }

  #run<T>(script: GroupScript, id: string, args: (string | number)[]): Promise<T> {
    return this.#connection.run<T>(script, groupBase(this.#prefix, id), args)
  }

  get #index(): string {
    return `${this.#prefix}:groups`
  }

  /** Those whose callback is still to be called, by when they were last looked at. */
  get #open(): string {
    return `${this.#prefix}:groups:open`
  }

  async create(id: string, callback: GroupCallback | undefined): Promise<boolean> {
    // Listed first: a group that is not listed would not be looked after.
    await this.#connection.attempt(async (client) => {
      await client.zadd(this.#index, 'NX', await redisNow(client), id)
      await client.zadd(this.#open, 'NX', 0, id)
    })
    const signed = callback && (this.#signer?.signedCallback(id, callback) ?? callback)
    const json = signed ? JSON.stringify(signed) : ''
    return (await this.#run<number>('group_create', id, [json, DEFAULTS.openGroupTtlMs, uuid()])) === 1
  }

  async add(id: string, members: readonly Ref[]): Promise<'added' | 'sealed' | 'gone'> {
    for (let i = 0; i < members.length; i += MEMBERS_A_CALL) {
      const page = members.slice(i, i + MEMBERS_A_CALL)
      const answer = await this.#run<'added' | 'sealed' | 'gone'>('group_add', id, [
        DEFAULTS.openGroupTtlMs,
        ...page,
      ])
      if (answer !== 'added') return answer
    }
    return 'added'
  }

  async seal(id: string): Promise<'sealed' | 'gone'> {
    const [exists, done, callback] = await this.#run<[number, number, string]>('group_seal', id, [])
    if (done === 1) await this.#announce(id, callback)
    return exists === 1 ? 'sealed' : 'gone'
  }

  settle(id: string, member: Ref, outcome: MemberOutcome): Promise<void> {
    return this.#settle(id, [member, outcome, 0])
  }

  settleFirst(id: string, member: Ref, outcome: MemberOutcome): Promise<void> {
    return this.#settle(id, [member, outcome, 1])
  }

  async #settle(id: string, args: (string | number)[]): Promise<void> {
    const [done, callback] = await this.#run<[number, string]>('group_settle', id, args)
    if (done === 1) await this.#announce(id, callback)
  }

  /** Whoever comes here after a crash enqueues the same job again, whose id is made from the group's. */
  async #announce(id: string, callback: string): Promise<void> {
    if (callback !== '') {
      const spec = JSON.parse(callback) as GroupCallback
      const progress = await this.progress(id)
      const job = progress && groupFollowUp(spec, progress)
      const isSigned = this.#signer?.isCallback(id, spec) ?? true
      if (job) await this.#enqueue(spec.queue, isSigned ? job : { ...job, signature: '' })
    }
    await this.#run('group_announced', id, [DEFAULTS.groupTtlMs])
    await this.#connection.attempt((client) => client.zrem(this.#open, id))
  }

  async progress(id: string): Promise<GroupProgress | undefined> {
    const info = await this.#info(id)
    if (info.created === undefined) return undefined
    const outcomes = Object.fromEntries(MEMBER_OUTCOMES.map((each) => [each, Number(info[each] ?? 0)]))
    return {
      id,
      createdAt: Number(info.created),
      total: Number(info.total ?? 0),
      ended: Number(info.ended ?? 0),
      ...(outcomes as Record<MemberOutcome, number>),
      sealed: info.sealed === '1',
      done: info.done !== undefined,
    }
  }

  #info(id: string): Promise<Record<string, string>> {
    return this.#connection.attempt((client) => client.hgetall(`${groupBase(this.#prefix, id)}info`))
  }

  async members(id: string, { offset = 0, limit = 100 } = {}): Promise<Ref[]> {
    if (limit <= 0) return []
    const key = `${groupBase(this.#prefix, id)}members`
    return (await this.#connection.attempt((client) =>
      client.zrange(key, String(offset), String(offset + limit - 1)),
    )) as Ref[]
  }

  all(): Promise<string[]> {
    return this.#connection.attempt((client) => client.zrange(this.#index, '0', '-1'))
  }

  async callbackOf(id: string): Promise<GroupCallback | undefined> {
    const { callback } = await this.#info(id)
    return callback === undefined ? undefined : (JSON.parse(callback) as GroupCallback)
  }

  async delete(id: string): Promise<void> {
    const base = groupBase(this.#prefix, id)
    await this.#connection.attempt(async (client) => {
      await client.unlink(`${base}info`, `${base}members`, `${base}outcomes`, `${base}open`)
      await client.zrem(this.#open, id)
      await client.zrem(this.#index, id)
    })
  }

  /** The net below: open groups, those first that nobody has looked at for longest. Answers how much it mended. */
  async tend(): Promise<number> {
    // Mostly there are none, which costs one message.
    const [open, listed] = await this.#connection.attempt((client) =>
      Promise.all([client.zcard(this.#open), client.zrandmember(this.#index, LISTED_A_TICK)]),
    )
    let mended = 0
    for (let call = 0, found = open; found > 0 && call < CALLS_A_TICK; call++) {
      const due = await this.#connection.attempt(async (client) => {
        const longAgo = (await redisNow(client)) - LOOK_AGAIN_MS
        return client.zrangebyscore(this.#open, '-inf', longAgo, 'LIMIT', 0, GROUPS_A_CALL)
      })
      for (const id of due) mended += await this.#tendOne(id)
      found = due.length === GROUPS_A_CALL ? GROUPS_A_CALL : 0
    }
    await this.#unlistSome(listed as string[])
    return mended
  }

  async #tendOne(id: string): Promise<number> {
    // Before the look, which may be its last.
    await this.#connection.attempt(async (client) =>
      client.zadd(this.#open, 'XX', await redisNow(client), id),
    )
    const info = await this.#info(id)
    if (info.created === undefined) {
      await this.#unlist(id)
      return 0
    }
    if (info.announced !== undefined) {
      await this.#connection.attempt((client) => client.zrem(this.#open, id))
      return 0
    }
    if (info.done !== undefined) {
      await this.#announce(id, info.callback ?? '')
      return 1
    }
    return this.#settleLost(id, Number(info.touched ?? info.created))
  }

  /** Those that have expired. */
  async #unlistSome(listed: readonly string[]): Promise<void> {
    const infos = listed.map((id) => `${groupBase(this.#prefix, id)}info`)
    const there = await this.#connection.attempt((client) =>
      Promise.all(infos.map((info) => client.exists(info))),
    )
    for (const [i, id] of listed.entries()) if (there[i] === 0) await this.#unlist(id)
  }

  /** One that has expired; one listed a moment ago may be about to be made. */
  async #unlist(id: string): Promise<void> {
    await this.#connection.attempt(async (client) => {
      const listed = Number((await client.zscore(this.#index, id)) ?? 0)
      if ((await redisNow(client)) - listed < LOST_AFTER_MS) return
      await client.zrem(this.#open, id)
      await client.zrem(this.#index, id)
    })
  }

  /** Members whose record is gone, or was never there because its producer died first. */
  async #settleLost(id: string, touched: number): Promise<number> {
    const open = `${groupBase(this.#prefix, id)}open`
    let settled = 0
    for (let look = 0; look < LOOKS_A_TICK; look++) {
      const [seen, lost] = await this.#connection.attempt(async (client) => {
        if ((await redisNow(client)) - touched < LOST_AFTER_MS) return [0, []]
        const refs = (await client.srandmember(open, MEMBERS_A_LOOK)) as Ref[]
        const there = await Promise.all(
          refs.map((ref) => {
            const job = fromRef(ref)
            return client.exists(`${queueBase(this.#prefix, job.queue)}job:${job.id}`)
          }),
        )
        return [refs.length, refs.filter((_, i) => there[i] === 0)]
      })
      for (const ref of lost) await this.settleFirst(id, ref, 'lost')
      settled += lost.length
      // Where all of them are, there will be more.
      if (seen < MEMBERS_A_LOOK || lost.length < seen) break
    }
    return settled
  }
}

type GroupScript = 'group_create' | 'group_add' | 'group_seal' | 'group_settle' | 'group_announced'
