import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // They need a browser: npm run test:e2e.
    exclude: ['test/e2e/**'],
    globalSetup: ['test/kit/redis.setup.ts'],
    testTimeout: 30_000,
    hookTimeout: 60_000,
    typecheck: { include: ['test/types/**/*.test-d.ts'] },
  },
})
