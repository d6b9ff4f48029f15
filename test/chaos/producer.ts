import { setTimeout as pause } from 'node:timers/promises'
import { DuplicateJobError, RedisUnavailableError } from '../../lib/index.ts'
import { KINDS, WEIGHTS } from './mix.ts'
import type { Place } from './sent.ts'

/** Enqueues one kind after another until told to end. */
export async function produce(place: Place, gapMs: number, ending: AbortSignal): Promise<void> {
  while (!ending.aborted) {
    const kind = place.random.weighted(WEIGHTS)
    try {
      await KINDS[kind](place)
    } catch (error) {
      note(place, kind, error)
    }
    await pause(place.random.between(0, 2 * gapMs))
  }
}

function note({ book }: Place, kind: string, error: unknown): void {
  if (error instanceof RedisUnavailableError) book.uncertain++
  else if (error instanceof DuplicateJobError && kind === 'unique') book.refused++
  else book.problems.push(`enqueueing '${kind}' rejected with ${(error as Error).stack}`)
}
