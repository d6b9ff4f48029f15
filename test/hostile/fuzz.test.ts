import { randomInt } from 'node:crypto'
import { expect, test } from 'vitest'
import { fuzz } from '../fuzz/fuzz.ts'
import { TARGETS } from '../fuzz/targets.ts'
import { fuzzWorker } from '../fuzz/worker.ts'
import { REDIS_URL } from '../kit/harness.ts'

/** A short form of `npm run fuzz`; a failure names the seed. */
const RUNS = 500
const seed = randomInt(2 ** 31)

test('whatever is read of what others wrote is refused as such or makes sense', () => {
  expect(fuzz(RUNS, seed)).toBeGreaterThanOrEqual(RUNS * TARGETS.length)
})

test('a worker survives whatever records it finds, and runs the sound ones', async () => {
  await fuzzWorker(REDIS_URL, 400, seed)
})
