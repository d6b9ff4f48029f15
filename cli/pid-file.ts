import { readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { UsageError } from './exit-codes.ts'

/** What a pid file says of its process. */
export interface PidState {
  readonly pid: number
  readonly isRunning: boolean
}

/**
 * Writes this process's id to a file. One that a dead process has left is replaced.
 * @returns removes it again, unless another process has taken it over
 * @throws UsageError where its process lives, or it cannot be written
 */
export function writePid(file: string, pid: number = process.pid): () => void {
  try {
    create(file, pid)
  } catch (error) {
    if (error instanceof UsageError) throw error
    throw new UsageError(`--pid: ${(error as Error).message}`)
  }
  return () => {
    if (readPid(file)?.pid === pid) rmSync(file, { force: true })
  }
}

function create(file: string, pid: number): void {
  for (;;) {
    try {
      writeFileSync(file, `${pid}\n`, { flag: 'wx' })
      return
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
      const there = readPid(file)
      if (there?.isRunning && there.pid !== pid) {
        throw new UsageError(
          `--pid: expected ${file} to be free, but its process ${there.pid} is running`,
          'Stop that one, or name another file.',
        )
      }
      rmSync(file, { force: true })
    }
  }
}

/** Undefined where there is no file, or no number in it. */
export function readPid(file: string): PidState | undefined {
  try {
    const pid = Number(readFileSync(file, 'utf8').trim())
    if (!Number.isInteger(pid) || pid < 1) return undefined
    return { pid, isRunning: isRunning(pid) && !isYounger(pid, file) }
  } catch {
    return undefined
  }
}

export function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0)
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
  // One that ended and was not asked for its exit code is listed, no more.
  return stat(pid)?.state !== 'Z'
}

/** After a restart of the machine, or of a container, another process may have the number. */
function isYounger(pid: number, file: string): boolean {
  const started = stat(pid)?.startedAt
  return started !== undefined && started > statSync(file).mtimeMs + SLACK_MS
}

const SLACK_MS = 2_000
/** Of `getconf CLK_TCK`: 100 on all Linux that Node runs on. */
const TICKS_A_SECOND = 100

/** What Linux tells of a process; undefined elsewhere. */
function stat(pid: number): { state: string; startedAt: number } | undefined {
  try {
    // The second field, in brackets, may hold anything.
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
      .replace(/^.*\) /s, '')
      .split(' ')
    const booted = Number(/^btime (\d+)$/m.exec(readFileSync('/proc/stat', 'utf8'))?.[1])
    return { state: fields[0]!, startedAt: (booted + Number(fields[19]) / TICKS_A_SECOND) * 1000 }
  } catch {
    return undefined
  }
}
