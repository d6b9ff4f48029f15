import { noopCase } from './noop.ts'

// Process isolation at concurrency 1 is what `new Worker(queues)` does by default.
export const noop1 = noopCase({ concurrency: 1, jobs: 20_000, goals: { process: 5 } })
