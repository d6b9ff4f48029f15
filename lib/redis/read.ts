import type { Redis } from 'ioredis'
import type { Ref } from '../core/record.ts'
import type { JobStatus } from '../core/states.ts'
import type { Page, ParentWord } from '../core/store.ts'

/** The ids of one page of a state, in the order of its set. Started jobs are listed worker by worker. */
export async function readPage(client: Redis, base: string, state: JobStatus, page: Page): Promise<string[]> {
  const { offset = 0, limit = 100 } = page
  if (limit <= 0) return []
  if (state !== 'started') return client.zrange(`${base}${state}`, String(offset), String(offset + limit - 1))
  const workers = await client.zrange(`${base}workers`, '0', '-1')
  const held = await Promise.all(workers.map((worker) => client.hkeys(`${base}started:${worker}`)))
  return held.flat().slice(offset, offset + limit)
}

/** A job's record as a hash and the lines of its `runs`, in one transaction. */
export async function readHistory(
  client: Redis,
  base: string,
  id: string,
): Promise<{ hash: Record<string, string>; lines: string[] }> {
  const replies = await client.multi().hgetall(`${base}job:${id}`).lrange(`${base}runs:${id}`, 0, -1).exec()
  const [hash, lines] = (replies ?? []).map(([error, value]) => {
    if (error) throw error
    return value
  })
  return { hash: (hash ?? {}) as Record<string, string>, lines: (lines ?? []) as string[] }
}

/** A child's `parents` hash, see lua/lib/settle.lua for its letters. */
export function readParents(words: Readonly<Record<string, string>>): Map<Ref, ParentWord> {
  return new Map(Object.entries(words).map(([ref, word]) => [ref as Ref, readWord(word)]))
}

function readWord(word: string): ParentWord {
  switch (word[0]) {
    case 'd':
      return { state: 'finished', result: word.slice(1) }
    case 'e':
      return { state: 'failed, as allowed' }
    case 'f':
      return { state: 'failed' }
    default:
      return { state: 'waits' }
  }
}
