import type { Assignment } from '../run/assignment.ts'
import type { Horse } from './horse/horse.ts'

/** The place of a horse, and what it was given. */
export interface Stall {
  readonly horse: Horse
  readonly slots: number
  /** Whether what it was sent runs: it may take a while to load what jobs need. */
  ready: boolean
  /** How many of its jobs have begun, and how many have not. */
  running: number
  ahead: number
  /** What was sent ahead, in its order; what was taken back or has ended early may still be among it. */
  readonly queue: Sent[]
  /** By performance.now(). */
  readonly startedAt: number
  /** Set once it is to be replaced when it is old enough. */
  leaving: NodeJS.Timeout | undefined
  /** By us, so that it is no sign of horses that cannot start. */
  killed: boolean
}

export function newStall(horse: Horse, slots: number): Stall {
  return {
    horse,
    slots,
    ready: false,
    running: 0,
    ahead: 0,
    queue: [],
    startedAt: performance.now(),
    leaving: undefined,
    killed: false,
  }
}

/** A job that a horse was sent and has not answered. */
export interface Sent {
  readonly assignment: Assignment
  readonly stall: Stall
  state: 'ahead' | 'begun' | 'gone'
}

/** How busy it is: 1 where each slot has a job. */
export function load({ running, ahead, slots }: Stall): number {
  return (running + ahead) / slots
}

export function isBegun({ state }: Sent): boolean {
  return state === 'begun'
}

/** For the next horse, so that with it all have the slots that `concurrency` says, whichever of them has ended. */
export function slotsOfNext(stalls: readonly Stall[], concurrency: number, horses: number): number {
  const taken = stalls.reduce((sum, { slots }) => sum + slots, 0)
  return Math.ceil((concurrency - taken) / (horses - stalls.length))
}
