import { availableParallelism } from 'node:os'
import { defineConfig } from 'vitest/config'
import { LongestFirst } from './test/kit/longest-first.ts'

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // They need a browser: npm run test:e2e.
    exclude: ['test/e2e/**'],
    globalSetup: ['test/kit/redis.setup.ts'],
    // Vitest leaves one core free, which on a machine of two is half of it. Tests wait for processes and servers most of the time.
    maxWorkers: availableParallelism() + 1,
    sequence: { sequencer: LongestFirst },
    // Only what hangs is to fail by its time: a machine may have much else to do.
    testTimeout: 60_000,
    hookTimeout: 120_000,
    expect: { poll: { timeout: 20_000, interval: 20 } },
    typecheck: { include: ['test/types/**/*.test-d.ts'] },
  },
})
