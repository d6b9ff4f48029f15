import type { Case } from '../case.ts'
import { enqueueBulk } from './enqueue-bulk.ts'
import { enqueueFlight } from './enqueue-flight.ts'
import { enqueueOne } from './enqueue-one.ts'
import { memory } from './memory.ts'
import { noop1 } from './noop-1.ts'
import { noop10 } from './noop-10.ts'
import { noop100 } from './noop-100.ts'
import { roundTrip } from './round-trip.ts'

export const CASES: readonly Case[] = [
  enqueueOne,
  enqueueFlight,
  enqueueBulk,
  noop1,
  noop10,
  noop100,
  roundTrip,
  memory,
]
