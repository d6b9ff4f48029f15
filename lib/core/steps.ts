import type { ClaimRef } from './store.ts'

/** What jobs keep between their runs, each under a name. */
export interface StepStore {
  /** Keeps what a running job came to; false once the claim is lost. */
  keep(queue: string, claim: ClaimRef, name: string, payload: string): Promise<boolean>
  /** Begins a sleep, unless one is kept under that name. Answers in how many ms it is over; undefined once the claim is lost. */
  sleep(queue: string, claim: ClaimRef, name: string, ms: number): Promise<number | undefined>
  /** All that a job has kept. */
  kept(queue: string, id: string): Promise<Record<string, string>>
}
