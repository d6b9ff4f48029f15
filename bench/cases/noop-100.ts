import { noopCase } from './noop.ts'

export const noop100 = noopCase({ concurrency: 100, jobs: 60_000, goals: { process: 3, none: 4 } })
