/** What one job may cost the server: commands, those in scripts included; reads of its sockets; bytes on them both ways. */
export interface Figures {
  readonly commands: number
  readonly reads: number
  readonly bytes: number
}

/**
 * The most that each may cost: what was counted when it was last looked at, and what a busy machine, which makes smaller batches, adds to
 * it. `counts.test.ts` fails when one grows beyond. A change that has to cost more raises its figure here, and says why in its commit; one
 * that saves something lowers it, so that it stays saved. What is counted now is printed by `FUNQ_PERF=print npx vitest run test/perf`.
 */
export const MOST = {
  'an enqueue': { commands: 8, reads: 1, bytes: 272 },
  'a job of a bulk': { commands: 1.05, reads: 0.0045, bytes: 52 },
  'a job at concurrency 1': { commands: 3.6, reads: 0.04, bytes: 135 },
  'a job at concurrency 100': { commands: 3.2, reads: 0.012, bytes: 135 },
  // Fewer where the worker has been noted as idle by the next enqueue: 29 to 37 commands mostly, and up to 42 on a busy machine. The other two
  // go with them, by 19 bytes a command: 960 with 29, 1,200 with 42.
  'an awaited result': { commands: 42, reads: 3, bytes: 1_200 },
  // 393 mostly, but counted for a third of one, in which a maintenance tick more or less is sixty commands. Of many workers on a queue one ticks.
  'a minute of an idle worker': { commands: 580, reads: 200, bytes: 45_000 },
} as const satisfies Record<string, Figures>

export type Counted = keyof typeof MOST
