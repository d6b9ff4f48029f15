import { existsSync, readdirSync } from 'node:fs'
import { join, resolve } from 'node:path'
import type { OneWorkerFlags } from '../commands/worker-flags.ts'
import type { Host } from '../host.ts'
import { TITLE } from '../run-worker.ts'

export interface DaemonFiles {
  /** As in `rqworker.0`. */
  readonly name: string
  readonly pid: string
  readonly log: string
}

/** The names of daemons, and the files that go with each, as delayed_job has them. */
export function daemonFiles(flags: OneWorkerFlags, { cwd }: Pick<Host, 'cwd'>, count: number): DaemonFiles[] {
  const base = baseOf(flags)
  const names =
    count === 1 && flags.identifier !== undefined
      ? [base]
      : Array.from({ length: count }, (_, i) => `${base}.${i}`)
  const pidDir = resolve(cwd, flags.pidDir ?? 'tmp/pids')
  const logDir = resolve(cwd, flags.logDir ?? 'log')
  return names.map((name) => ({
    name,
    pid: flags.pid === undefined ? join(pidDir, `${name}.pid`) : resolve(cwd, flags.pid),
    log: join(logDir, `${name}.log`),
  }))
}

/** Those that have left a pid file: the one that is named, those of one identifier, or all. */
export function knownDaemons(
  flags: OneWorkerFlags,
  { cwd }: Pick<Host, 'cwd'>,
): Pick<DaemonFiles, 'name' | 'pid'>[] {
  const folder = resolve(cwd, flags.pidDir ?? 'tmp/pids')
  const base = baseOf(flags)
  if (flags.pid !== undefined) {
    const pid = resolve(cwd, flags.pid)
    return existsSync(pid) ? [{ name: base, pid }] : []
  }
  return list(folder)
    .filter((file) => file.endsWith('.pid'))
    .map((file) => ({ name: file.slice(0, -'.pid'.length), pid: join(folder, file) }))
    .filter(({ name }) => name === base || name.startsWith(`${base}.`))
    .sort((a, b) => a.name.localeCompare(b.name, 'en', { numeric: true }))
}

export function baseOf({ identifier }: OneWorkerFlags): string {
  return identifier === undefined ? TITLE : `${TITLE}.${identifier}`
}

function list(folder: string): string[] {
  try {
    return readdirSync(folder)
  } catch {
    return []
  }
}
