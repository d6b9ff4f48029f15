import { setTimeout as pause } from 'node:timers/promises'
import type { Bench } from '../case.ts'
import { Child } from '../child.ts'
import { loadLibrary } from '../libs/load.ts'
import { serverTotals, usedMemory } from '../server-cost.ts'
import type { IdlersInput } from '../workers/idlers.ts'

const WORKERS = 1_000
const WATCHED_MS = 20_000
/** As long as a heartbeat: a worker's start, and its first look after its queue, are no idleness. */
const SETTLED_MS = 10_000

/** What workers cost that have nothing to do. */
export interface Idle {
  readonly workers: number
  /** Of one core, 0–1. */
  readonly server: number
  readonly clients: number
  /** Commands a second of all of them. */
  readonly commands: number
  /** Bytes of the server's memory a worker, its connections' buffers included. */
  readonly memory: number
}

export async function idleWorkers(bench: Bench): Promise<Idle> {
  const workers = bench.count(WORKERS)
  await bench.redis.flushall('ASYNC')
  const empty = await usedMemory(bench.redis)
  const input: IdlersInput = { library: 'funq', endpoint: bench.endpoint, workers }
  const child = new Child('idlers', await loadLibrary('funq'), input)
  await child.answer()
  await pause(SETTLED_MS)
  const before = await serverTotals(bench.redis)
  const cpu = child.cpu
  const start = performance.now()
  // Nothing happens that could be waited for: that is what is measured.
  await pause(bench.count(WATCHED_MS))
  const after = await serverTotals(bench.redis)
  const ms = performance.now() - start
  const clients = (child.cpu - cpu) / 1000 / ms
  const memory = ((await usedMemory(bench.redis)) - empty) / workers
  await child.stop(60_000)
  return {
    workers,
    server: (after.cpu - before.cpu) / 1000 / ms,
    clients,
    commands: (after.commands - before.commands - 1) / (ms / 1000),
    memory,
  }
}
