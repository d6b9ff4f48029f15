import type { Horse, HorseEvents, HorseOptions, Isolation } from './horse.ts'
import { InlineHorse } from './inline-horse.ts'
import { ProcessHorse } from './process-horse.ts'
import { ThreadHorse } from './thread-horse.ts'

const KINDS = { process: ProcessHorse, thread: ThreadHorse, none: InlineHorse } as const

/**
 * Starts a work-horse. It may be sent jobs at once; they run when it is ready. One that cannot start says so as any
 * other does that ends: by `exit`.
 */
export function startHorse(isolation: Isolation, options: HorseOptions, events: HorseEvents): Horse {
  return new KINDS[isolation](options, events)
}
