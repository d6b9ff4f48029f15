import type { Redis } from 'ioredis'
import type { Ref } from '../core/record.ts'
import type { JobStatus } from '../core/states.ts'
import type { Page, ParentWord, PauseKind, Pauses } from '../core/store.ts'

/** The ids of one page of a state, in the order of its set. Started jobs are listed worker by worker. */
export async function readPage(client: Redis, base: string, state: JobStatus, page: Page): Promise<string[]> {
  const { offset = 0, limit = 100 } = page
  if (limit <= 0) return []
  if (state !== 'started') return client.zrange(`${base}${state}`, String(offset), String(offset + limit - 1))
  const workers = await client.zrange(`${base}workers`, '0', '-1')
  const held = await Promise.all(workers.map((worker) => client.hkeys(`${base}started:${worker}`)))
  return held.flat().slice(offset, offset + limit)
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

/** A queue's flags that keep it from handing out jobs; those whose time is over count no more. */
export async function readPauses(client: Redis, base: string): Promise<Pauses> {
  const [[seconds], untils] = await Promise.all([
    client.time(),
    client.hmget(`${base}flags`, 'paused', 'suspended'),
  ])
  const pauses: { -readonly [K in PauseKind]?: number } = {}
  for (const [i, kind] of (['paused', 'suspended'] as const).entries()) {
    const until = readUntil(untils[i] ?? null)
    if (until !== undefined && until > Number(seconds) * 1000) pauses[kind] = until
  }
  return pauses
}

/** A time in milliseconds, `inf`, or nothing. */
export function readUntil(text: string | null): number | undefined {
  if (text === null) return undefined
  return text === 'inf' ? Number.POSITIVE_INFINITY : Number(text)
}
