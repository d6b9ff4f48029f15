import { cpus, loadavg, totalmem, type } from 'node:os'

/** What the figures were measured on: they mean little without it. */
export interface Machine {
  readonly cpu: string
  readonly cores: number
  readonly memoryGB: number
  readonly os: string
  readonly node: string
  readonly server: string
  readonly date: string
  /** The load of the last minute when the bench began: well above 0, something else was running. */
  readonly load: number
}

export function describeMachine(server: string): Machine {
  return {
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    cores: cpus().length,
    memoryGB: Math.round(totalmem() / 2 ** 30),
    os: type(),
    node: process.version,
    server,
    date: new Date().toISOString().slice(0, 10),
    load: loadavg()[0] ?? 0,
  }
}

export function machineLine({ cpu, cores, memoryGB, os, node, server, date, load }: Machine): string {
  return `${date}: ${cpu}, ${cores} cores, ${memoryGB} GB, ${os}, Node ${node}, ${server}, load at start ${load.toFixed(2)}`
}
