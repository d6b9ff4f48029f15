import { rmSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { toMs } from '../../lib/core/duration.ts'
import type { OneWorkerFlags } from '../commands/worker-flags.ts'
import { toOptions } from '../commands/worker-options.ts'
import { readSettings } from '../config/settings.ts'
import { EXIT, type ExitCode } from '../exit-codes.ts'
import type { Host } from '../host.ts'
import { isRunning, readPid } from '../pid-file.ts'
import { stopLimits } from '../run-worker.ts'
import { baseOf, type DaemonFiles, knownDaemons } from './files.ts'
import { allowed, forgetKilled } from './start.ts'

const LOOK_EVERY_MS = 50
/** More than a warm stop takes by itself. */
const LEEWAY_MS = 10_000

type Daemon = Pick<DaemonFiles, 'name' | 'pid'>

/** Has all daemons of this folder, or of one identifier, stop as by SIGTERM, and waits for it. */
export async function stopDaemons(flags: OneWorkerFlags, host: Host): Promise<ExitCode> {
  const daemons = knownDaemons(flags, host)
  if (daemons.length === 0) host.output.out(`${baseOf(flags)}: no instances running\n`)
  const limitMs = await patienceMs(flags, host)
  const codes = await Promise.all(daemons.map((daemon) => stop(daemon, limitMs, flags, host)))
  return codes.find((code) => code !== EXIT.done) ?? EXIT.done
}

/** How long to wait for the end: longer than these settings let a stop take, for `restart` starts nothing before. */
export async function patienceMs(flags: OneWorkerFlags, host: Host): Promise<number> {
  if (flags.timeout !== undefined) return toMs(flags.timeout, 'timeout')
  // What runs can be stopped even where the settings cannot be read any more.
  const settings = await readSettings(flags, host).catch(() => undefined)
  return stopLimits({ ...settings?.worker, ...toOptions(flags) }).mostMs + LEEWAY_MS
}

async function stop(
  daemon: Daemon,
  limitMs: number,
  { force }: OneWorkerFlags,
  host: Host,
): Promise<ExitCode> {
  const { name, pid: file } = daemon
  const there = readPid(file)
  if (!there?.isRunning) {
    if (there) forgetKilled(daemon, there.pid, host)
    return EXIT.done
  }
  const { pid } = there
  host.output.out(`${name}: trying to stop process with pid ${pid}...\n`)
  if (!signal(pid, 'SIGTERM')) {
    host.output.err(`${name}: process with pid ${pid} is another user's, who alone can stop it\n`)
    return EXIT.failed
  }
  if (!(await hasEnded(pid, limitMs))) {
    if (!force) {
      const said = `process with pid ${pid} has not ended within ${limitMs / 1000} s; --force kills it`
      host.output.err(`${name}: ${said}\n`)
      return EXIT.unmet
    }
    // Its work-horses do not outlive it, and its jobs go to another worker when its lease is over.
    signal(pid, 'SIGKILL')
    await hasEnded(pid, LEEWAY_MS)
    host.output.out(`${name}: process with pid ${pid} killed.\n`)
    allowed(() => rmSync(file, { force: true }))
    return EXIT.done
  }
  host.output.out(`${name}: process with pid ${pid} successfully stopped.\n`)
  return EXIT.done
}

/** False where that is not allowed; a process that is gone by now needs no signal. */
function signal(pid: number, name: NodeJS.Signals): boolean {
  try {
    return process.kill(pid, name)
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ESRCH'
  }
}

async function hasEnded(pid: number, limitMs: number): Promise<boolean> {
  for (let waited = 0; waited < limitMs; waited += LOOK_EVERY_MS) {
    if (!isRunning(pid)) return true
    await sleep(LOOK_EVERY_MS)
  }
  return !isRunning(pid)
}

/** A line for each daemon. */
export function status(flags: OneWorkerFlags, host: Host): ExitCode {
  const running = knownDaemons(flags, host).flatMap(({ name, pid: file }) => {
    const there = readPid(file)
    if (there && !there.isRunning)
      host.output.out(`${name}: not running, but process ${there.pid} has left ${file}\n`)
    return there?.isRunning ? [`${name}: running [pid ${there.pid}]\n`] : []
  })
  host.output.out(running.join('') || `${baseOf(flags)}: no instances running\n`)
  return running.length > 0 ? EXIT.done : EXIT.unmet
}
