import type { Bench, Contender } from '../case.ts'
import { loadLibrary } from '../libs/load.ts'
import { produce } from '../preload.ts'
import { usedMemory } from '../server-cost.ts'
import { type Idle, idleWorkers } from './idle.ts'
import { type AtSize, measureAt } from './size.ts'
import { noteSlowCommands } from './slow.ts'

const SIZES = [1_000, 1_000_000, 10_000_000]
/** So that what is there once, scripts and buffers, is there. */
const WARM_UP = 20_000

export interface Scale {
  readonly sizes: readonly AtSize[]
  readonly idle: Idle
}

/** Funq alone: what changes when ever more jobs wait, and what idle workers cost. */
export async function measureScale(bench: Bench): Promise<Scale> {
  const contender: Contender = { name: 'funq', library: await loadLibrary('funq'), isolation: 'none' }
  const { redis } = bench
  await redis.flushall()
  const idle = await idleWorkers(bench)
  await redis.flushall()
  const empty = await usedMemory(redis)
  await noteSlowCommands(redis)
  const sizes = await produce('funq', bench, 'noop', async (producer) => {
    await producer.enqueueMany!(WARM_UP)
    const found: AtSize[] = []
    for (const size of SIZES) {
      await redis.flushall()
      found.push(await measureAt(contender, bench, producer, Math.max(SIZES[0]!, bench.count(size)), empty))
      process.stderr.write(`scale ${JSON.stringify(found.at(-1))}\n`)
    }
    return found
  })
  await redis.flushall('ASYNC')
  return { sizes, idle }
}
