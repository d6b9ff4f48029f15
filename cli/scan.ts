import type { JobRecord } from '../lib/core/record.ts'
import { isEnded, type JobStatus } from '../lib/core/states.ts'
import type { Session } from './session.ts'

/** What a look at jobs finds worth telling. */
export interface Filter {
  /** A part of the function's name. */
  readonly fn?: string
  /** Jobs that have all of them. */
  readonly tags?: readonly string[]
  /** An error's fingerprint or name, or a part of its text. */
  readonly matches?: (record: JobRecord) => boolean
  /** Only those to which something happened after this time, in milliseconds since 1970. */
  readonly since?: number
}

export interface Scan {
  readonly records: readonly JobRecord[]
  /** Whether there were more than it looks at. */
  readonly isCut: boolean
}

const PAGE = 200
/** The most jobs looked at in one state of one queue: a list must not keep Redis busy for minutes. */
export const LOOKED_AT = 20_000

/** Jobs of one state, page by page: of ended ones the latest first, else in the order of the queue. */
export async function scan(
  { store }: Session,
  queue: string,
  state: JobStatus,
  limit: number,
  isWanted: (record: JobRecord) => boolean,
  onProgress?: (done: number) => void,
): Promise<Scan> {
  const total = (await store.counts(queue))[state]
  const records: JobRecord[] = []
  let looked = 0
  while (looked < Math.min(total, LOOKED_AT) && records.length < limit) {
    const size = Math.min(PAGE, total - looked)
    const offset = isEnded(state) ? total - looked - size : looked
    const page = await store.fetch(queue, await store.list(queue, state, { offset, limit: size }))
    const found = page.filter((record) => record !== undefined).filter(isWanted)
    records.push(...(isEnded(state) ? found.reverse() : found))
    looked += size
    onProgress?.(looked)
  }
  return { records: records.slice(0, limit), isCut: looked < total && records.length < limit }
}

export function isWanted({ fn, tags = [], matches, since }: Filter, time: (record: JobRecord) => number) {
  return (record: JobRecord): boolean =>
    (fn === undefined || record.func.includes(fn)) &&
    tags.every((tag) => record.options.tags?.includes(tag)) &&
    (since === undefined || time(record) >= since) &&
    (matches?.(record) ?? true)
}
