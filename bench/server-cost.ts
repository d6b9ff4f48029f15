import type { Redis } from 'ioredis'

/** Running totals since the start of the server and of whoever talks to it; only differences mean something. */
export interface Totals {
  /** Commands, those that scripts call included. */
  readonly commands: number
  /** Reads of the server's sockets, each of which gave at least a command: what is sent together is read together. */
  readonly reads: number
  /** Bytes in and out on the server's sockets. */
  readonly bytes: number
  /** CPU time of the server, µs. */
  readonly cpu: number
  /** CPU time of the library's own processes, µs; NaN where it cannot be had. */
  readonly client: number
}

export async function serverTotals(redis: Redis): Promise<Omit<Totals, 'client'>> {
  // No more than is looked at: its bytes are counted with those of the library.
  const info = await redis.info('stats', 'cpu', 'commandstats')
  let commands = 0
  for (const [, calls] of info.matchAll(/^cmdstat_[^:]+:calls=(\d+)/gm)) commands += Number(calls)
  return {
    commands,
    reads: infoNumber(info, 'total_reads_processed'),
    bytes: infoNumber(info, 'total_net_input_bytes') + infoNumber(info, 'total_net_output_bytes'),
    cpu: (infoNumber(info, 'used_cpu_user') + infoNumber(info, 'used_cpu_sys')) * 1e6,
  }
}

/** The cost a job between two readings. `own`: the commands that the bench itself sent between them, one at a time. */
export function costPerJob(before: Totals, after: Totals, jobs: number, own: number): Totals {
  return {
    commands: (after.commands - before.commands - own) / jobs,
    reads: (after.reads - before.reads - own) / jobs,
    bytes: (after.bytes - before.bytes) / jobs,
    cpu: (after.cpu - before.cpu) / jobs,
    client: (after.client - before.client) / jobs,
  }
}

/** Bytes of the server's data and buffers, as its allocator counts them. */
export async function usedMemory(redis: Redis): Promise<number> {
  return infoNumber(await redis.info('memory'), 'used_memory')
}

export async function serverVersion(redis: Redis): Promise<string> {
  const info = await redis.info('server')
  const [, valkey] = /^valkey_version:(\S+)/m.exec(info) ?? []
  const [, version] = /^redis_version:(\S+)/m.exec(info) ?? []
  return valkey ? `Valkey ${valkey}` : `Redis ${version}`
}

function infoNumber(info: string, field: string): number {
  const [, value] = new RegExp(`^${field}:([\\d.]+)`, 'm').exec(info) ?? []
  if (value === undefined)
    throw new Error(`Expected INFO to report ${field}, it did not: use Redis 7 or Valkey`)
  return Number(value)
}
