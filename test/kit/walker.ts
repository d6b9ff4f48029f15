import type { Redis } from 'ioredis'
import { readStatus } from '../../lib/core/record.ts'
import { ENDED, type EndedStatus, type JobStatus, STATES } from '../../lib/core/states.ts'
import { GLOBAL_KEYS, GROUP_KEYS, KEYS } from '../../lib/redis/keys.ts'
import { classify, type Key, type Keyspace, type QueueSpace, readKeyspace } from './keyspace.ts'
import { CRON, walkCron } from './walk-cron.ts'

/**
 * Every invariant of the data model that does not hold under a prefix, one sentence each; none in a sound store. It may be
 * asked at any moment between two scripts: what a crash may leave for the next tick is no fault.
 * @param slackMs by how much times to live may differ that were written as one: MIGRATE sends what is left of each
 */
export async function walk(redis: Redis, prefix: string, slackMs = 0): Promise<string[]> {
  const space = await readKeyspace(redis, prefix)
  const groups = space.queues.filter(({ name }) => name.startsWith(GROUP))
  const queues = space.queues
    .filter((each) => each.name !== CRON && !groups.includes(each))
    .map((queue) => new QueueWalk(queue, space, slackMs))
  const cron = space.queues.find(({ name }) => name === CRON)
  return [
    ...walkGlobals(space),
    ...queues.flatMap((queue) => queue.walk()),
    ...groups.flatMap(walkGroup),
    ...walkCron(cron),
  ]
}

/** What stands in the braces of the keys of a group, before its id. */
const GROUP = ':group:'

function walkGroup({ name, keys }: QueueSpace): string[] {
  return [...keys].flatMap(([short, { type, expiresAt }]) => {
    const [expected] = GROUP_KEYS[short as keyof typeof GROUP_KEYS] ?? []
    return [
      ...(type === expected ? [] : [`${name}: ${short} is a ${type}, expected ${expected ?? 'no such key'}`]),
      ...(expiresAt === -1 ? [`${name}: ${short} does not expire`] : []),
    ]
  })
}

function walkGlobals({ global, queues }: Keyspace): string[] {
  const broken: string[] = []
  for (const [short, key] of global) {
    const known = short in GLOBAL_KEYS || short.startsWith('worker:')
    if (!known && key.expiresAt === -1) broken.push(`${short} is no known key and does not expire`)
    if (short.startsWith('worker:') && key.expiresAt === -1) broken.push(`${short} does not expire`)
  }
  const registered = (global.get('queues')?.value ?? new Set()) as Set<string>
  // A worker leaves its lease and its bell in queues that nothing was ever enqueued in.
  const used = queues.filter(({ keys }) => [...keys.keys()].some((short) => short.startsWith('job:')))
  for (const { name } of used) if (!registered.has(name)) broken.push(`queue ${name} is missing from queues`)
  return broken
}

type Hash = ReadonlyMap<string, string>
type Scores = ReadonlyMap<string, number>

class QueueWalk {
  readonly #queue: QueueSpace
  readonly #space: Keyspace
  readonly #slackMs: number
  readonly #broken: string[] = []
  readonly #jobs = new Map<string, Hash>()
  /** Job → the states and `started:<worker>` that hold it. */
  readonly #places = new Map<string, string[]>()

  constructor(queue: QueueSpace, space: Keyspace, slackMs: number) {
    this.#queue = queue
    this.#space = space
    this.#slackMs = slackMs
    for (const [short, { value, type }] of queue.keys) {
      if (short.startsWith('job:') && type === 'hash') this.#jobs.set(short.slice(4), value as Hash)
      const isPlace = short.startsWith('started:') || (STATES as readonly string[]).includes(short)
      if (!isPlace) continue
      for (const id of (value as Map<string, unknown>).keys()) {
        this.#places.set(id, [...(this.#places.get(id) ?? []), short])
      }
    }
  }

  walk(): string[] {
    for (const [short, key] of this.#queue.keys) this.#walkKey(short, key)
    for (const [id, hash] of this.#jobs) this.#walkJob(id, hash)
    for (const [id, places] of this.#places) this.#walkPlaces(id, places)
    return this.#broken
  }

  #say(problem: string): void {
    this.#broken.push(`${this.#queue.name}: ${problem}`)
  }

  #hash(short: string): Hash {
    return (this.#queue.keys.get(short)?.value ?? new Map()) as Hash
  }

  #scores(short: string): Scores {
    return (this.#queue.keys.get(short)?.value ?? new Map()) as Scores
  }

  #walkKey(short: string, key: Key): void {
    const known = classify(short)
    if (!known) {
      if (key.expiresAt === -1) this.#say(`${short} is no known key and does not expire`)
      return
    }
    const [type] = KEYS[known.kind]
    if (key.type !== type) this.#say(`${short} is a ${key.type}, expected a ${type}`)
    const owner = known.owner ?? ''
    switch (known.kind) {
      case 'started:<worker>':
        if (!this.#scores('workers').has(owner)) this.#say(`${short} has jobs, but ${owner} has no lease`)
        break
      case 'runs:<id>':
      case 'parents:<id>':
      case 'log:<id>':
      case 'steps:<id>':
      case 'told:<id>':
        this.#walkBeside(short, owner, key)
        break
      case 'dependents:<id>':
        this.#walkDependents(short, owner)
        break
      case 'watched':
        for (const id of (key.value as Hash).keys()) {
          const job = this.#jobs.get(id)
          if (!job || isEnded(statusOf(job)))
            this.#say(`watched names ${id}, which is ${job?.get('st') ?? 'gone'}`)
        }
        break
      case 'outbox':
        for (const effect of (key.value as Scores).keys()) {
          if (!/^(deps|fx|reg):./.test(effect)) this.#say(`outbox holds ${effect}, which is no effect`)
        }
        break
      case 'running:<key>':
        for (const id of key.value as Set<string>) {
          if (this.#jobs.has(id) && !this.#places.get(id)?.[0]?.startsWith('started:'))
            this.#say(`${short} holds a place for ${id}, which is ${this.#places.get(id)}`)
        }
        break
      case 'limited:<key>':
        for (const id of (key.value as Scores).keys()) {
          if (!this.#scores('limited').has(id)) this.#say(`${short} has ${id}, which is not limited`)
        }
        break
      case 'unique:<key>':
        this.#walkLock(short, key.value as string)
        break
      case 'bell':
        if ((key.value as string[]).length > 1) this.#say('bell holds more than a token')
        break
      case 'flags':
        for (const [name, until] of key.value as Hash) {
          if (!/^(paused|suspended|tail|forgotten)$/.test(name) || !/^(\d+|inf)$/.test(until))
            this.#say(`flag ${name} is ${until}`)
        }
        break
      case 'indexed':
        for (const [id, names] of key.value as Hash) this.#walkIndexed(id, names.split('\n'))
        break
      case 'tag:<tag>':
      case 'error:<fingerprint>':
        for (const id of (key.value as Scores).keys())
          if (!this.#hash('indexed').get(id)?.split('\n').includes(short))
            this.#say(`${short} has ${id}, which does not know of it`)
        break
      case 'cause:<fingerprint>':
        if (!this.#scores('errors').has(owner)) this.#say(`${short} is missing from errors`)
        if (key.expiresAt === -1) this.#say(`${short} does not expire`)
        break
      case 'metrics:<part>':
        if (owner !== 'total' && key.expiresAt === -1) this.#say(`${short} does not expire`)
        for (const [field, cell] of key.value as Hash) {
          const isDepth = owner.startsWith('m:') && /^depth \d+$/.test(field)
          const shape = /^\d+( \d+){5,6};(\d+:\d+ ?)*;(\d+:\d+ ?)*(;[0-9a-f]{32} \d+ \d+)?$/
          if (!(isDepth ? /^\d+$/ : shape).test(cell)) this.#say(`${short} counts ${cell} for ${field}`)
        }
        break
      case 'flushed:<worker>':
        if (key.expiresAt === -1) this.#say(`${short} does not expire`)
        break
      case 'functions':
        if ((key.value as Scores).size > 200) this.#say(`functions has ${(key.value as Scores).size}`)
        break
      case 'stats':
        for (const [name, count] of key.value as Hash) {
          if (!/^\d+$/.test(count)) this.#say(`counter ${name} is ${count}`)
        }
        break
    }
  }

  /** A job is found by its tags while its record lives, and by its error while it is failed. */
  #walkIndexed(id: string, names: readonly string[]): void {
    const job = this.#jobs.get(id)
    if (!job && !this.#places.has(id)) this.#say(`indexed names ${id}, which is gone`)
    for (const name of names) {
      if (!this.#scores(name).has(id)) this.#say(`${name} lacks ${id}, which should be in it`)
      if (job && name.startsWith('error:') && statusOf(job) !== 'failed')
        this.#say(`${name} has ${id}, which is ${statusOf(job)}`)
    }
  }

  /** A key without a time of its own is free once its job has ended. */
  #walkLock(short: string, lock: string): void {
    const job = this.#jobs.get(lock)
    if (!lock.startsWith('=') && (!job || isEnded(statusOf(job))))
      this.#say(`${short} is kept by ${lock}, which is ${job?.get('st') ?? 'gone'}`)
  }

  #walkBeside(short: string, owner: string, key: Key): void {
    const job = this.#jobs.get(owner)
    if (!job) {
      this.#say(`${short} has outlived its job`)
      return
    }
    if (!job.has('aux')) this.#say(`${short} exists, but job ${owner} has no aux field`)
    const { expiresAt } = this.#queue.keys.get(`job:${owner}`)!
    if (!this.#isSameTime(key.expiresAt, expiresAt))
      this.#say(`${short} expires at ${key.expiresAt}, its job at ${expiresAt}`)
  }

  /** Whoever is waited for is watched while it lives, and owed a word once it has ended well or for good. */
  #walkDependents(short: string, owner: string): void {
    const job = this.#jobs.get(owner)
    if (this.#scores('outbox').has(`deps:${owner}`)) return
    const status = job && statusOf(job)
    if (!status) {
      if (!this.#places.has(owner)) this.#say(`${short} belongs to no job and nothing is owed to it`)
    } else if (status === 'finished' || status === 'canceled') {
      this.#say(`${short} was never told that its job is ${status}`)
    } else if (!isEnded(status) && !this.#hash('watched').get(owner)?.split(',').includes('+')) {
      this.#say(`${short} will not be told, watched does not say so`)
    }
  }

  #walkJob(id: string, hash: Hash): void {
    const { tags = [] } = readTags(hash.get('opts'))
    for (const tag of tags)
      if (!this.#scores(`tag:${tag}`).has(id)) this.#say(`job ${id} is not found by its tag ${tag}`)
    const status = statusOf(hash)
    if (!STATES.includes(status)) this.#say(`job ${id} has the status ${status}`)
    if (!this.#places.has(id)) this.#say(`job ${id} says ${status} and is nowhere`)
    const { expiresAt } = this.#queue.keys.get(`job:${id}`)!
    if (isEnded(status)) this.#walkExpiry(id, status, expiresAt)
    else if (expiresAt !== -1) this.#say(`job ${id} is ${status} and will expire`)
    if (status === 'scheduled' && this.#scores('scheduled').get(id) !== Number(hash.get('due'))) {
      this.#say(`job ${id} is due at ${hash.get('due')}, scheduled says ${this.#scores('scheduled').get(id)}`)
    }
    if (status === 'deferred') this.#walkDeferred(id, hash)
    if (status === 'limited' && !this.#scores(`limited:${hash.get('lk')}`).has(id))
      this.#say(`job ${id} is limited, and will not be given a place`)
    const settles = hash.has('uq') || hash.has('lk') || hash.has('fx')
    if (settles && !isEnded(status) && !this.#hash('watched').get(id)?.split(',').includes('!'))
      this.#say(`job ${id} has more to settle at its end, watched does not say so`)
  }

  /** -1, for ever, is near to no time. */
  #isSameTime(one: number, other: number | undefined): boolean {
    return one === other || Math.abs(one - (other ?? Number.NaN)) <= this.#slackMs
  }

  #walkExpiry(id: string, status: EndedStatus, expiresAt: number): void {
    if (this.#scores('outbox').has(`deps:${id}`) || this.#scores('outbox').has(`fx:${id}`)) return
    const score = this.#scores(status).get(id)
    const expected = score === Number.POSITIVE_INFINITY ? -1 : score
    if (!this.#isSameTime(expiresAt, expected))
      this.#say(`job ${id} is ${status} and expires at ${expiresAt}, its set says ${score}`)
  }

  #walkDeferred(id: string, hash: Hash): void {
    const open = [...this.#hash(`parents:${id}`)].filter(([, word]) => !/^[de]/.test(word))
    if (Number(hash.get('need')) !== open.length || open.length === 0) {
      this.#say(`job ${id} needs ${hash.get('need')} parents, ${open.length} are open`)
    }
    for (const [parent, word] of open) {
      if (word.startsWith('n')) {
        if (!this.#scores('outbox').has(`reg:${id}`))
          this.#say(`job ${id} will not be registered with ${parent}`)
      } else if (!this.#isKnownTo(parent, `${id}@${this.#queue.name}`)) {
        this.#say(`job ${id} waits for ${parent}, which does not know of it`)
      }
    }
  }

  #isKnownTo(parent: string, child: string): boolean {
    const at = parent.indexOf('@')
    const where = this.#space.queues.find(({ name }) => name === parent.slice(at + 1))
    const dependents = where?.keys.get(`dependents:${parent.slice(0, at)}`)?.value as Scores | undefined
    return dependents?.has(child) ?? false
  }

  #walkPlaces(id: string, places: readonly string[]): void {
    if (places.length > 1) {
      this.#say(`job ${id} is in ${places.join(' and ')}`)
      return
    }
    const place = places[0]!
    const hash = this.#jobs.get(id)
    if (!hash) {
      const isOver =
        (ENDED as readonly string[]).includes(place) && this.#scores(place).get(id)! <= this.#space.now
      if (!isOver) this.#say(`${place} holds ${id}, which is no job`)
      return
    }
    const status = statusOf(hash)
    const agrees = place.startsWith('started:')
      ? status === 'started' || status === 'queued'
      : status === place
    if (!agrees) this.#say(`job ${id} says ${status} and is in ${place}`)
  }
}

function readTags(opts: string | undefined): { tags?: readonly string[] } {
  try {
    const { tags } = JSON.parse(opts ?? '{}')
    return Array.isArray(tags) ? { tags } : {}
  } catch {
    return {}
  }
}

function statusOf(hash: Hash): JobStatus {
  return readStatus(hash.get('st')) as JobStatus
}

function isEnded(status: JobStatus): status is EndedStatus {
  return (ENDED as readonly JobStatus[]).includes(status)
}
