import { type ChildProcess, spawn } from 'node:child_process'
import { closeSync, mkdirSync, openSync, rmSync } from 'node:fs'
import { dirname } from 'node:path'
import { BACKGROUND, DAEMON } from '../commands/worker.ts'
import type { OneWorkerFlags } from '../commands/worker-flags.ts'
import { EXIT, type ExitCode, UsageError } from '../exit-codes.ts'
import type { Host } from '../host.ts'
import { readPid } from '../pid-file.ts'
import { type DaemonFiles, daemonFiles } from './files.ts'

/** How long a process may take until it works: what its jobs need is loaded by then. */
const START_LIMIT_MS = 30_000
/** The list of processes shows no more than there was at first. */
const TITLE_ROOM = 120

/**
 * Starts this same command line again, once for each daemon, apart from this process and its terminal. Each one says that it takes jobs;
 * one that ends before that has failed.
 */
export async function startDaemons(flags: OneWorkerFlags, host: Host, count: number): Promise<ExitCode> {
  const isBackground = flags.background === true
  const daemons = isBackground ? [backgroundFiles(flags, host)] : daemonFiles(flags, host, count)
  const isSilent = isBackground && flags.logDir === undefined
  let code: ExitCode = EXIT.done
  for (const [index, files] of daemons.entries()) {
    const there = readPid(files.pid)
    if (there?.isRunning) {
      host.output.err(`${files.name}: there is already one or more instance(s) of the program running\n`)
      code = EXIT.failed
      continue
    }
    if (there) forgetKilled(files, there.pid, host)
    const child = launch(files, isBackground ? BACKGROUND : String(index), isSilent, flags.titlePrefix)
    if (await hasStarted(child)) {
      host.output.out(`${files.name}: process with pid ${child.pid} started.\n`)
      continue
    }
    const how =
      child.exitCode === null
        ? `has not said within ${START_LIMIT_MS / 1000} s that it works`
        : `ended with exit code ${child.exitCode}`
    const where = isSilent ? '--log-dir keeps what it says' : `see ${files.log}`
    host.output.err(`${files.name}: process with pid ${child.pid} ${how}, ${where}\n`)
    code = EXIT.failed
  }
  return code
}

export function forgetKilled(
  { name, pid: file }: Pick<DaemonFiles, 'name' | 'pid'>,
  pid: number,
  host: Host,
): void {
  host.output.out(`${name}: pid-file for killed process ${pid} found (${file}), deleting.\n`)
  allowed(() => rmSync(file, { force: true }))
}

/** What the file system refuses is no fault of ours. @throws UsageError */
export function allowed<T>(use: () => T): T {
  try {
    return use()
  } catch (error) {
    throw new UsageError((error as Error).message, 'Name other folders by --pid-dir and --log-dir.')
  }
}

/** One process with all that the command line asks for. */
function backgroundFiles(flags: OneWorkerFlags, host: Host): DaemonFiles {
  const [files] = daemonFiles({ ...flags, identifier: flags.identifier ?? 'background' }, host, 1)
  return flags.pid === undefined ? files! : { ...files!, pid: flags.pid, name: 'rqworker' }
}

function launch(files: DaemonFiles, index: string, isSilent: boolean, title = files.name): ChildProcess {
  const log = allowed(() => {
    for (const file of [files.pid, ...(isSilent ? [] : [files.log])])
      mkdirSync(dirname(file), { recursive: true })
    return isSilent ? undefined : openSync(files.log, 'a')
  })
  // The words go in front, and the last --pid counts.
  const words = process.argv.slice(1)
  const end = words.indexOf('--')
  // A title at the length that there must be room for.
  const own = ['--pid', files.pid, '--title-prefix', title.padEnd(TITLE_ROOM)]
  const argv = end < 0 ? [...words, ...own] : [...words.slice(0, end), ...own, ...words.slice(end)]
  try {
    const child = spawn(process.execPath, [...process.execArgv, ...argv], {
      detached: true,
      stdio: ['ignore', log ?? 'ignore', log ?? 'ignore', 'ipc'],
      env: { ...process.env, [DAEMON]: index },
    })
    child.unref()
    return child
  } finally {
    if (log !== undefined) closeSync(log)
  }
}

/** One that has ended well, as a burst does, has worked. */
async function hasStarted(child: ChildProcess): Promise<boolean> {
  const said = await new Promise<boolean>((resolve) => {
    const timer = setTimeout(() => resolve(false), START_LIMIT_MS)
    const end = (isReady: boolean) => {
      clearTimeout(timer)
      resolve(isReady)
    }
    child.once('message', () => end(true))
    child.once('error', () => end(false))
    child.once('exit', (code) => end(code === 0))
  })
  if (child.connected) child.disconnect()
  return said
}
