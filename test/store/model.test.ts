import fc from 'fast-check'
import { expect, test } from 'vitest'
import { Side } from '../kit/model-side.ts'
import { move } from '../kit/moves.ts'
import { StoreKit } from '../kit/stores.ts'

/** More of them by hand: `FUNQ_MODEL_RUNS=10000 npx vitest run test/store/model.test.ts`. */
const RUNS = Number(process.env.FUNQ_MODEL_RUNS ?? 60)

test('whatever is asked of them, the two stores answer and hold the same', {
  timeout: 120_000 + RUNS * 1_000,
}, async () => {
  const property = fc.asyncProperty(
    fc.array(move, { minLength: 10, maxLength: 40, size: 'max' }),
    async (moves) => {
      const sides = [new Side(new StoreKit('redis')), new Side(new StoreKit('memory'))] as const
      for (const side of sides) {
        side.kit.open()
        await side.listen()
      }
      try {
        for (const move of moves) {
          const [redis, memory] = await Promise.all(sides.map((side) => side.make(move)))
          expect(redis).toEqual(memory)
          const [held, specified] = await Promise.all(sides.map((side) => side.see()))
          expect(held).toEqual(specified)
        }
      } finally {
        for (const side of sides) await side.close()
      }
    },
  )
  await fc.assert(property, { numRuns: RUNS })
})
