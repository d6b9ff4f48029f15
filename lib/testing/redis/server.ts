import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, openSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { setTimeout as delay } from 'node:timers/promises'
import { RedisUnavailableError } from '../../core/errors.ts'
import type { ServerBinary } from './binary.ts'
import type { Guard } from './guard.ts'
import { ping } from './ping.ts'

const PING_EVERY_MS = 10
const START_TIMEOUT_MS = 30_000
const STOP_TIMEOUT_MS = 5_000
const LOG_TAIL_LINES = 8

/** What one server process runs with. */
export interface ServerPlan {
  readonly binary: ServerBinary
  readonly args: readonly string[]
  readonly socketPath: string
  readonly logPath: string
  readonly guard: Guard
}

/** A server process from its start to its end. It never holds this Node process open. */
export class ServerProcess {
  readonly #plan: ServerPlan
  readonly #child: ChildProcess
  readonly #ended: Promise<unknown>
  #isOver = false

  private constructor(plan: ServerPlan) {
    const { binary, args, guard } = plan
    this.#plan = plan
    const log = openSync(plan.logPath, 'a')
    try {
      // Detached: a Ctrl-C meant for this process must not take the server from under it.
      this.#child = spawn(binary.path, args, {
        detached: true,
        stdio: ['ignore', log, log],
        cwd: '/',
        env: { ...process.env, ...binary.env },
      })
    } finally {
      closeSync(log)
    }
    guard.watch(this.#child.pid)
    this.#ended = once(this.#child, 'exit')
      .catch(() => undefined)
      .finally(() => {
        this.#isOver = true
        guard.watch(undefined)
      })
    this.#child.unref()
  }

  /** Resolves when the server answers. @throws RedisUnavailableError with the end of its log when it does not. */
  static async start(plan: ServerPlan): Promise<ServerProcess> {
    const server = new ServerProcess(plan)
    try {
      await server.#ready()
    } catch (error) {
      await server.end('SIGKILL')
      throw error
    }
    return server
  }

  get pid(): number {
    return this.#child.pid ?? -1
  }

  /** Signals the server and resolves when it has ended; harmless when it already has. */
  async end(signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
    this.#child.ref()
    const timer = setTimeout(() => this.#signal('SIGKILL'), STOP_TIMEOUT_MS)
    this.#signal(signal)
    await this.#ended
    clearTimeout(timer)
  }

  #signal(signal: 'SIGTERM' | 'SIGKILL'): void {
    const { pid } = this.#child
    if (this.#isOver || pid === undefined) return
    // The whole group: a killed Redis leaves the child that rewrites its files.
    if (signal === 'SIGKILL') process.kill(-pid, signal)
    else this.#child.kill(signal)
  }

  async #ready(): Promise<void> {
    let deadline = Date.now() + START_TIMEOUT_MS
    while (!this.#isOver) {
      const answer = await ping(this.#plan.socketPath)
      if (answer === 'ready') return
      if (answer === 'loading') deadline = Date.now() + START_TIMEOUT_MS
      if (Date.now() > deadline)
        throw await this.#failure(`did not answer within ${START_TIMEOUT_MS / 1000} s`)
      await Promise.race([delay(PING_EVERY_MS), this.#ended])
    }
    throw await this.#failure(
      `ended at once with ${this.#child.signalCode ?? `code ${this.#child.exitCode}`}`,
    )
  }

  async #failure(what: string): Promise<RedisUnavailableError> {
    const log = await readFile(this.#plan.logPath, 'utf8').catch(() => '')
    const tail = log.trimEnd().split('\n').slice(-LOG_TAIL_LINES).join('\n')
    const { path } = this.#plan.binary
    return new RedisUnavailableError(
      `Expected ${path} to start and answer, but it ${what}. Check the args; it said:\n${tail || '(nothing)'}`,
    )
  }
}
