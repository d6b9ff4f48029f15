import type { Redis } from 'ioredis'

/** What the server spent, a job. */
export interface ServerCost {
  /** Commands, those that scripts call included. */
  readonly commands: number
  /** Bytes in and out on the server's sockets. */
  readonly bytes: number
  /** CPU time of the server, µs. */
  readonly cpu: number
}

/** Running totals of a server since its start; only differences mean something. */
export interface ServerTotals {
  readonly commands: number
  readonly bytes: number
  readonly cpu: number
}

export async function serverTotals(redis: Redis): Promise<ServerTotals> {
  const info = await redis.info('everything')
  let commands = 0
  for (const [, calls] of info.matchAll(/^cmdstat_[^:]+:calls=(\d+)/gm)) commands += Number(calls)
  return {
    commands,
    bytes: infoNumber(info, 'total_net_input_bytes') + infoNumber(info, 'total_net_output_bytes'),
    cpu: (infoNumber(info, 'used_cpu_user') + infoNumber(info, 'used_cpu_sys')) * 1e6,
  }
}

/** The cost a job between two readings. `ownCommands`: those that the bench itself sent between them. */
export function costPerJob(
  before: ServerTotals,
  after: ServerTotals,
  jobs: number,
  ownCommands: number,
): ServerCost {
  return {
    commands: (after.commands - before.commands - ownCommands) / jobs,
    bytes: (after.bytes - before.bytes) / jobs,
    cpu: (after.cpu - before.cpu) / jobs,
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
