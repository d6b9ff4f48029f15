import { readdirSync, readFileSync } from 'node:fs'
import type { Redis } from 'ioredis'
import type { Load } from './load.ts'
import type { Allowance } from './slope.ts'

const MIB = 1_048_576

/** What is measured, in which unit, and how much it may grow while the load is steady. */
export const SERIES = {
  producerRss: { unit: 'MiB', allows: { part: 0.15, atLeast: 24 } },
  producerResources: { unit: '', allows: { part: 0, atLeast: 5 } },
  workerRss: { unit: 'MiB', allows: { part: 0.15, atLeast: 24 } },
  horsesRss: { unit: 'MiB', allows: { part: 0.15, atLeast: 48 } },
  workerFiles: { unit: '', allows: { part: 0, atLeast: 5 } },
  redisKeys: { unit: '', allows: { part: 0.2, atLeast: 200 } },
  redisMemory: { unit: 'MiB', allows: { part: 0.2, atLeast: 4 } },
  redisClients: { unit: '', allows: { part: 0, atLeast: 2 } },
  p50: { unit: 'ms', allows: { part: 1, atLeast: 20 } },
  p99: { unit: 'ms', allows: { part: 2, atLeast: 200 } },
} as const satisfies Record<string, { readonly unit: string; readonly allows: Allowance }>

export type Name = keyof typeof SERIES

export type Sample = { readonly at: number } & { readonly [K in Name]: number }

/** One look at all of it. The latencies are those since the look before. */
export async function sample(at: number, redis: Redis, worker: number, load: Load): Promise<Sample> {
  const [keys, memory, clients] = await Promise.all([
    redis.dbsize(),
    redis.info('memory'),
    redis.info('clients'),
  ])
  const horses = childrenOf(worker)
  const { p50, p99 } = load.latencies()
  return {
    at,
    producerRss: process.memoryUsage.rss() / MIB,
    // Timers come and go with the load; sockets, pipes and their like must not.
    producerResources: process.getActiveResourcesInfo().filter((name) => !/Timeout|Immediate/.test(name))
      .length,
    workerRss: rss(worker),
    horsesRss: horses.reduce((sum, pid) => sum + rss(pid), 0),
    workerFiles: files(worker),
    redisKeys: keys,
    redisMemory: field(memory, 'used_memory') / MIB,
    redisClients: field(clients, 'connected_clients'),
    p50,
    p99,
  }
}

function field(info: string, name: string): number {
  return Number(new RegExp(`^${name}:(\\d+)`, 'm').exec(info)?.[1])
}

/** 0 where there is no /proc: then it is not measured. */
function rss(pid: number): number {
  const kib = /^VmRSS:\s+(\d+) kB/m.exec(read(`/proc/${pid}/status`))?.[1]
  return Number(kib ?? 0) / 1_024
}

function files(pid: number): number {
  try {
    return readdirSync(`/proc/${pid}/fd`).length
  } catch {
    return 0
  }
}

function childrenOf(pid: number): number[] {
  return read(`/proc/${pid}/task/${pid}/children`).split(' ').filter(Boolean).map(Number)
}

function read(file: string): string {
  try {
    return readFileSync(file, 'latin1')
  } catch {
    return ''
  }
}
