/** What one job may cost the server: commands, those in scripts included; reads of its sockets; bytes on them both ways. */
export interface Figures {
  readonly commands: number
  readonly reads: number
  readonly bytes: number
}

/**
 * The most that each may cost: what was counted when it was last looked at, and a little more. `counts.test.ts` fails when one grows beyond. A
 * change that has to cost more raises its figure here, and says why in its commit; one that saves something lowers it, so that it stays saved.
 * What is counted now is printed by `FUNQ_PERF=print npx vitest run test/perf`.
 */
export const MOST = {
  'an enqueue': { commands: 8, reads: 1, bytes: 272 },
  'a job of a bulk': { commands: 1.05, reads: 0.0045, bytes: 49 },
  'a job at concurrency 1': { commands: 3.2, reads: 0.01, bytes: 105 },
  'a job at concurrency 100': { commands: 3.2, reads: 0.01, bytes: 105 },
  'an awaited result': { commands: 31, reads: 2.1, bytes: 1_020 },
  // 393 mostly, but counted for a third of one, in which a maintenance tick more or less is sixty commands. Of many workers on a queue one ticks.
  'a minute of an idle worker': { commands: 580, reads: 200, bytes: 45_000 },
} as const satisfies Record<string, Figures>

export type Counted = keyof typeof MOST
