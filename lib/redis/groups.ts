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
const GROUPS_A_TICK = 20
const MEMBERS_A_LOOK = 20
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

  async create(id: string, callback: GroupCallback | undefined): Promise<boolean> {
    // Listed first: a group that is not listed would not be looked after.
    await this.#connection.attempt(async (client) => {
      await client.zadd(this.#index, 'NX', await redisNow(client), id)
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

  /** Whoever comes here after a crash enqueues the same job again, whose id is the group's. */
  async #announce(id: string, callback: string): Promise<void> {
    if (callback !== '') {
      const spec = JSON.parse(callback) as GroupCallback
      const progress = await this.progress(id)
      const job = progress && groupFollowUp(id, spec, progress)
      const isSigned = this.#signer?.isCallback(id, spec) ?? true
      if (job) await this.#enqueue(spec.queue, isSigned ? job : { ...job, signature: '' })
    }
    await this.#run('group_announced', id, [DEFAULTS.groupTtlMs])
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
      await client.zrem(this.#index, id)
    })
  }

  /** The net below: a few groups, of each a few members that have not ended. Answers how much it mended. */
  async tend(): Promise<number> {
    const reply = await this.#connection.attempt((client) =>
      client.zrandmember(this.#index, GROUPS_A_TICK, 'WITHSCORES'),
    )
    // RESP3 pairs what RESP2 lists one after the other.
    const found = ((reply ?? []) as (string | string[])[]).flat()
    let mended = 0
    for (let i = 0; i < found.length; i += 2) mended += await this.#tendOne(found[i]!, Number(found[i + 1]))
    return mended
  }

  async #tendOne(id: string, listed: number): Promise<number> {
    const info = await this.#info(id)
    if (info.created === undefined) {
      await this.#unlist(id, listed)
      return 0
    }
    if (info.announced !== undefined) return 0
    if (info.done !== undefined) {
      await this.#announce(id, info.callback ?? '')
      return 1
    }
    return this.#settleLost(id, Number(info.touched ?? info.created))
  }

  /** One that has expired; one listed a moment ago may be about to be made. */
  async #unlist(id: string, listed: number): Promise<void> {
    await this.#connection.attempt(async (client) => {
      if ((await redisNow(client)) - listed >= LOST_AFTER_MS) await client.zrem(this.#index, id)
    })
  }

  /** Members whose record is gone, or was never there because its producer died first. */
  async #settleLost(id: string, touched: number): Promise<number> {
    const lost = await this.#connection.attempt(async (client) => {
      if ((await redisNow(client)) - touched < LOST_AFTER_MS) return []
      const open = (await client.srandmember(`${groupBase(this.#prefix, id)}open`, MEMBERS_A_LOOK)) as Ref[]
      const there = await Promise.all(
        open.map((ref) => {
          const job = fromRef(ref)
          return client.exists(`${queueBase(this.#prefix, job.queue)}job:${job.id}`)
        }),
      )
      return open.filter((_, i) => there[i] === 0)
    })
    for (const ref of lost) await this.settleFirst(id, ref, 'lost')
    return lost.length
  }
}

type GroupScript = 'group_create' | 'group_add' | 'group_seal' | 'group_settle' | 'group_announced'
