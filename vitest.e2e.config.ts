import { defineConfig } from 'vitest/config'

/** The browser's tests: `npm run test:e2e`, which sees to a browser first. */
export default defineConfig({
  test: {
    include: ['test/e2e/**/*.test.ts'],
    globalSetup: ['test/kit/redis.setup.ts'],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // One browser at a time is enough for a machine.
    fileParallelism: false,
  },
})
