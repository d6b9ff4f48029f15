import type { JobLog } from '../core/log-line.ts'
import { type JobRecord, type Ref, readAmong } from '../core/record.ts'
import type { JobStatus } from '../core/states.ts'
import type { Entry, Page, ParentWord, Pauses, Run } from '../core/store.ts'
import type { Connection } from './connection.ts'
import { findQueues } from './find.ts'
import { queueBase } from './keys.ts'
import { KnownQueues } from './known-queues.ts'
import {
  readCounts,
  readEntries,
  readEntry,
  readHistory,
  readLatency,
  readLog,
  readPage,
  readParents,
  readPauses,
} from './read.ts'

/** What the store on Redis tells: one or two commands a question, and nothing changes. */
export class RedisReads {
  readonly connection: Connection
  readonly prefix: string
  protected readonly known: KnownQueues

  constructor(connection: Connection, prefix: string) {
    this.connection = connection
    this.prefix = prefix
    this.known = new KnownQueues(connection, prefix)
  }

  protected base(queue: string): string {
    return queueBase(this.prefix, queue)
  }

  pauses(queue: string): Promise<Pauses> {
    return this.connection.attempt((client) => readPauses(client, this.base(queue)))
  }

  async fetch(queue: string, ids: readonly string[]): Promise<(JobRecord | undefined)[]> {
    const hashes = await this.connection.attempt((client) =>
      Promise.all(ids.map((id) => client.hgetall(`${this.base(queue)}job:${id}`))),
    )
    return hashes.map((hash, i) => readAmong(ids, i, queue, hash))
  }

  async find(id: string): Promise<string | undefined> {
    return (await this.findMany([id]))[0]
  }

  async findMany(ids: readonly string[]): Promise<(string | undefined)[]> {
    const queues = await this.queues()
    return this.connection.attempt((client) => findQueues(client, this.prefix, queues, ids))
  }

  list(queue: string, state: JobStatus, page: Page = {}): Promise<string[]> {
    return this.connection.attempt((client) => readPage(client, this.base(queue), state, page))
  }

  async counts(queue: string): Promise<Record<JobStatus, number>> {
    return this.connection.attempt((client) => readCounts(client, this.base(queue)))
  }

  entries(queue: string, state: JobStatus, page: Page = {}): Promise<Entry[]> {
    return this.connection.attempt((client) => readEntries(client, this.base(queue), state, page))
  }

  entry(queue: string, state: JobStatus, id: string): Promise<Entry | undefined> {
    return this.connection.attempt((client) => readEntry(client, this.base(queue), state, id))
  }

  latency(queue: string): Promise<number> {
    return this.connection.attempt((client) => readLatency(client, this.base(queue)))
  }

  position(queue: string, id: string): Promise<number | null> {
    return this.connection.attempt((client) => client.zrank(`${this.base(queue)}queued`, id))
  }

  async runs(queue: string, id: string): Promise<Run[]> {
    return (await this.history(queue, id))?.runs ?? []
  }

  async history(queue: string, id: string): Promise<{ record: JobRecord; runs: Run[] } | undefined> {
    return this.connection.attempt((client) => readHistory(client, this.base(queue), queue, id))
  }

  log(queue: string, id: string): Promise<JobLog> {
    return this.connection.attempt((client) => readLog(client, this.base(queue), id))
  }

  async parents(queue: string, id: string): Promise<Map<Ref, ParentWord>> {
    return this.connection.attempt((client) => readParents(client, this.base(queue), id))
  }

  async dependents(queue: string, id: string): Promise<Ref[]> {
    const key = `${this.base(queue)}dependents:${id}`
    return (await this.connection.attempt((client) => client.zrange(key, '0', '-1'))) as Ref[]
  }

  queues(): Promise<string[]> {
    return this.known.all()
  }
}
