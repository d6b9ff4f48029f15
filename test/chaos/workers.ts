import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createWriteStream, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const BIN = join(ROOT, 'dist/cli/rqworker.js')
/** Short, so that what a dead worker held is back within the run. */
const PACE = ['--worker-ttl', '3', '--job-monitoring-interval', '1', '--maintenance-interval', '0.5']
const GRACE = ['--shutdown-timeout', '1']
/** A worker that was told to stop is gone after its grace, 10 s for a warm stop and 10 s for a cold one; it may be paused meanwhile. */
const STOP_WITHIN_MS = 30_000
/** A worker gives up when so many horses in a row end before they can run anything. */
const STARTS = 3

export interface WorkerSpec {
  readonly label: string
  readonly queues: readonly string[]
  readonly flags: readonly string[]
  /** Of the proxy that it goes through. */
  readonly url: string
}

/** A worker's process. */
export interface Life {
  readonly pid: number
  /** Of the proxy that it went through. */
  readonly url: string
  /** In ms since 1970. */
  readonly endedAt: number
}

/** One place for a worker: a process ends there, and the next one begins. */
export class WorkerPlace {
  readonly spec: WorkerSpec
  readonly problems: string[] = []
  /** Exit codes and signals, and how often. */
  readonly ends: Record<string, number> = {}
  /** Those that are over. */
  readonly lives: Life[] = []
  readonly #env: NodeJS.ProcessEnv
  readonly #log: string
  #child: ChildProcess | undefined
  #isStopping = false
  #isPaused = false
  #isOver = false
  /** Since the process began. */
  #horsesKilled = 0

  constructor(spec: WorkerSpec, env: Record<string, string>, folder: string) {
    this.spec = spec
    this.#env = { ...process.env, NO_COLOR: '1', ...env }
    this.#log = join(folder, `${spec.label}.log`)
  }

  /** Once it runs, another follows whenever it ends, until `end`. */
  start(): void {
    const { queues, flags, url } = this.spec
    const args = [BIN, ...queues, '--url', url, '--prefix', 'chaos', ...PACE, ...GRACE, ...flags]
    const child = spawn(process.execPath, args, {
      cwd: ROOT,
      env: this.#env,
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    const log = createWriteStream(this.#log, { flags: 'a' })
    child.stdout.pipe(log, { end: false })
    child.stderr.pipe(log, { end: false })
    this.#child = child
    this.#isStopping = false
    this.#isPaused = false
    this.#horsesKilled = 0
    child.once('exit', (code, signal) => {
      if (child.pid !== undefined) this.lives.push({ pid: child.pid, url, endedAt: Date.now() })
      this.#onExit(code, signal)
    })
    child.once('close', () => log.end())
  }

  #onExit(code: number | null, signal: string | null): void {
    const how = String(signal ?? code)
    this.ends[how] = (this.ends[how] ?? 0) + 1
    // 3: it could not reach Redis as it began. 143: a second SIGTERM met one that was stopping.
    const expected = [0, 3, 143]
    // 1: it could not tell Redis in time what became of its jobs, or its horses were killed as they started.
    if (this.#isStopping || this.#horsesKilled >= STARTS) expected.push(1)
    if (code !== null && !expected.includes(code))
      this.problems.push(`worker ${this.spec.label} ended by itself with code ${code}, see ${this.#log}`)
    if (code === 0 && !this.#isStopping)
      this.problems.push(`worker ${this.spec.label} ended though nobody told it to`)
    this.#child = undefined
    if (!this.#isOver) this.start()
  }

  get pid(): number | undefined {
    return this.#child?.pid
  }

  get isStopping(): boolean {
    return this.#isStopping
  }

  get isPaused(): boolean {
    return this.#isPaused
  }

  /** Its work-horses, where they are processes. */
  horses(): number[] {
    const pid = this.pid
    if (pid === undefined) return []
    try {
      return readFileSync(`/proc/${pid}/task/${pid}/children`, 'latin1')
        .split(' ')
        .filter(Boolean)
        .map(Number)
    } catch {
      return []
    }
  }

  kill(): void {
    this.#child?.kill('SIGKILL')
  }

  /** Answers whether there was one to kill. */
  killHorse(pid: number): boolean {
    this.#horsesKilled++
    return killIfThere(pid)
  }

  /** As a deploy does. One that does not end in time is a problem. */
  stop(): Promise<void> {
    const child = this.#child
    if (!child || this.#isStopping) return Promise.resolve()
    this.#isStopping = true
    this.go()
    child.kill('SIGTERM')
    return this.#endOf(child)
  }

  async #endOf(child: ChildProcess): Promise<void> {
    const timer = setTimeout(() => {
      this.problems.push(
        `worker ${this.spec.label} (${child.pid}) has not ended ${STOP_WITHIN_MS} ms after SIGTERM`,
      )
      child.kill('SIGKILL')
    }, STOP_WITHIN_MS)
    await once(child, 'exit')
    clearTimeout(timer)
  }

  pause(): void {
    this.#isPaused = this.#child?.kill('SIGSTOP') ?? false
  }

  go(): void {
    this.#isPaused = false
    this.#child?.kill('SIGCONT')
  }

  /** For good. */
  async end(): Promise<void> {
    this.#isOver = true
    await this.stop()
  }

  /** At once, for a run that is broken off. */
  abandon(): void {
    this.#isOver = true
    this.kill()
  }
}

function killIfThere(pid: number): boolean {
  try {
    return process.kill(pid, 'SIGKILL')
  } catch {
    // It has ended by itself meanwhile.
    return false
  }
}
