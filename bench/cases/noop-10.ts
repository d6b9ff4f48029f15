import { noopCase } from './noop.ts'

export const noop10 = noopCase({ concurrency: 10, jobs: 60_000, goals: {} })
