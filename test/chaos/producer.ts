import { setTimeout as pause } from 'node:timers/promises'
import { DuplicateJobError, RedisUnavailableError } from '../../lib/index.ts'
import { KINDS, type Kind } from './mix.ts'
import type { Place } from './sent.ts'

/** What a producer makes, and when it must hold back. */
export interface Habit {
  readonly weights: Readonly<Partial<Record<Kind, number>>>
  /** Mean time between two jobs. */
  readonly gapMs: number
  readonly hasRoom: () => boolean
}

/** Enqueues one kind after another until told to end. */
export async function produce(place: Place, habit: Habit, ending: AbortSignal): Promise<void> {
  const { weights, gapMs, hasRoom } = habit
  while (!ending.aborted) {
    if (!hasRoom()) {
      // Nothing is drawn meanwhile: the seed's jobs and their order are the same, however long this lasts.
      await pause(gapMs)
      continue
    }
    await one(place, place.random.weighted(weights))
    await pause(place.random.between(0, 2 * gapMs))
  }
}

async function one(place: Place, kind: Kind): Promise<void> {
  try {
    await KINDS[kind](place)
  } catch (error) {
    note(place, kind, error)
  }
}

function note({ book }: Place, kind: string, error: unknown): void {
  if (error instanceof RedisUnavailableError) book.uncertain++
  else if (error instanceof DuplicateJobError && kind === 'unique') book.refused++
  else book.problems.push(`enqueueing '${kind}' rejected with ${(error as Error).stack}`)
}
