import type { Case } from '../case.ts'
import { DEPENDENCIES } from './dependencies.ts'
import { ENQUEUE } from './enqueue.ts'
import { memory } from './memory.ts'
import { NOOP } from './noop.ts'
import { ROUND_TRIPS } from './round-trip.ts'
import { scheduled } from './scheduled.ts'
import { WAITS } from './waits.ts'

export const CASES: readonly Case[] = [
  ...ENQUEUE,
  ...NOOP,
  ...WAITS,
  ...ROUND_TRIPS,
  ...DEPENDENCIES,
  scheduled,
  memory,
]
