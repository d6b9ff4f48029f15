import { groupFollowUp } from '../core/follow-ups.ts'
import {
  type GroupCallback,
  type GroupProgress,
  type GroupStore,
  MEMBER_OUTCOMES,
  type MemberOutcome,
} from '../core/groups.ts'
import { DEFAULTS } from '../core/options.ts'
import type { Ref } from '../core/record.ts'
import type { NewJob } from '../core/store.ts'

interface Group {
  readonly createdAt: number
  readonly callback: GroupCallback | undefined
  /** In the order they were added, with how each has ended. */
  readonly members: Map<Ref, MemberOutcome | undefined>
  sealed: boolean
  done: boolean
  expiresAt: number
}

interface MemoryGroupsOptions {
  readonly now: () => number
  readonly enqueue: (queue: string, job: NewJob) => void
  readonly isThere: (member: Ref) => boolean
}

/** Groups over Maps, as redis/groups.ts has them. */
export class MemoryGroups implements GroupStore {
  readonly #options: MemoryGroupsOptions
  readonly #groups = new Map<string, Group>()

  constructor(options: MemoryGroupsOptions) {
    this.#options = options
  }

  async create(id: string, callback: GroupCallback | undefined): Promise<boolean> {
    if (this.#find(id)) return false
    const createdAt = this.#options.now()
    const expiresAt = createdAt + DEFAULTS.openGroupTtlMs
    this.#groups.set(id, { createdAt, callback, members: new Map(), sealed: false, done: false, expiresAt })
    return true
  }

  /** One whose time is over is forgotten as it is looked for. */
  #find(id: string): Group | undefined {
    const group = this.#groups.get(id)
    if (!group || group.expiresAt > this.#options.now()) return group
    this.#groups.delete(id)
    return undefined
  }

  async add(id: string, members: readonly Ref[]): Promise<'added' | 'sealed' | 'gone'> {
    const group = this.#find(id)
    if (!group) return 'gone'
    for (const ref of members) {
      if (group.members.has(ref)) continue
      if (group.sealed) return 'sealed'
      group.members.set(ref, undefined)
    }
    if (members.length > 0 && !group.done) group.expiresAt = this.#options.now() + DEFAULTS.openGroupTtlMs
    return 'added'
  }

  async seal(id: string): Promise<'sealed' | 'gone'> {
    const group = this.#find(id)
    if (!group) return 'gone'
    group.sealed = true
    this.#complete(id, group)
    return 'sealed'
  }

  async settle(id: string, member: Ref, outcome: MemberOutcome): Promise<void> {
    this.settleNow(id, member, outcome)
  }

  async settleFirst(id: string, member: Ref, outcome: MemberOutcome): Promise<void> {
    if (this.#find(id)?.members.get(member) === undefined) this.settleNow(id, member, outcome)
  }

  /** Within the arrow that ends a member. */
  settleNow(id: string, member: Ref, outcome: MemberOutcome): void {
    const group = this.#find(id)
    if (!group?.members.has(member)) return
    group.members.set(member, outcome)
    this.#complete(id, group)
  }

  #complete(id: string, group: Group): void {
    if (group.done || !group.sealed || [...group.members.values()].includes(undefined)) return
    group.done = true
    group.expiresAt = this.#options.now() + DEFAULTS.groupTtlMs
    const { callback } = group
    if (callback) this.#options.enqueue(callback.queue, groupFollowUp(callback, progressOf(id, group)))
  }

  async progress(id: string): Promise<GroupProgress | undefined> {
    const group = this.#find(id)
    return group && progressOf(id, group)
  }

  async members(id: string, { offset = 0, limit = 100 } = {}): Promise<Ref[]> {
    return [...(this.#find(id)?.members.keys() ?? [])].slice(offset, offset + Math.max(0, limit))
  }

  async all(): Promise<string[]> {
    return [...this.#groups.keys()].filter((id) => this.#find(id))
  }

  async delete(id: string): Promise<void> {
    this.#groups.delete(id)
  }

  async callbackOf(id: string): Promise<GroupCallback | undefined> {
    return this.#find(id)?.callback
  }

  async tend(): Promise<number> {
    let mended = 0
    for (const [id, { members }] of this.#groups) {
      for (const [ref, outcome] of members) {
        if (outcome !== undefined || this.#options.isThere(ref)) continue
        this.settleNow(id, ref, 'lost')
        mended++
      }
    }
    return mended
  }
}

function progressOf(id: string, { createdAt, members, sealed, done }: Group): GroupProgress {
  const outcomes = [...members.values()]
  const counts = MEMBER_OUTCOMES.map((each) => [each, outcomes.filter((outcome) => outcome === each).length])
  return {
    id,
    createdAt,
    total: members.size,
    ended: outcomes.filter((outcome) => outcome !== undefined).length,
    ...(Object.fromEntries(counts) as Record<MemberOutcome, number>),
    sealed,
    done,
  }
}
