import { ClosedError, RedisUnavailableError } from '../../core/errors.ts'
import { findServer } from './find.ts'
import { checkPort, type RedisOptions, say, serverArgs } from './options.ts'
import { freePort } from './port.ts'
import { type ServerPlan, ServerProcess } from './server.ts'
import { openWorkspace, type Workspace } from './workspace.ts'

const PORT_TRIES = 5

/** A running server, its own to this process: it ends when this process ends, however that happens. */
export interface RedisServer extends AsyncDisposable {
  /** `redis://127.0.0.1:<port>` */
  readonly url: string
  /** On 127.0.0.1; the same after `restart()`. */
  readonly port: number
  readonly socketPath: string
  /** Of the server process; another one after `restart()`. */
  readonly pid: number
  readonly dataDir: string
  /** As the server says itself, for example `7.0.15`. */
  readonly version: string
  /** Ends the server and removes its temporary files. Calling it again is harmless. */
  stop(): Promise<void>
  /** Ends the server by SIGKILL, as a crash would. `restart()` brings it back, `stop()` cleans up. */
  kill(): Promise<void>
  /**
   * Ends the server, if it still runs, and starts it on the same port and data directory. Without `appendonly` or
   * `dir` it comes back empty.
   * @throws ClosedError after `stop()`
   */
  restart(): Promise<void>
}

/**
 * Starts a real Redis or Valkey server for development, demos and tests, installed or not: `FUNQ_REDIS_BIN`, else
 * `valkey-server` or `redis-server` on the PATH, else a copy unpacked into the user's cache from the machine's own
 * Debian or Ubuntu packages. It listens on 127.0.0.1 and on a unix socket, and never holds this process open.
 *
 * @throws UnsupportedServerError when there is no server program
 * @throws RedisUnavailableError when the server does not start; the message holds the end of its log
 * @throws InvalidArgumentError when the port is none, or the data directory cannot be used
 */
export async function startRedis(options: RedisOptions = {}): Promise<RedisServer> {
  const givenPort = options.port === undefined ? undefined : checkPort(options.port)
  const { binary, source } = await findServer()
  const workspace = await openWorkspace(options.dir)
  try {
    for (let tries = 1; ; tries++) {
      const port = givenPort ?? (await freePort())
      const plan = { ...workspace, binary, args: serverArgs(options, { ...workspace, port }) }
      try {
        const server = new OwnRedis(port, plan, await ServerProcess.start(plan))
        say(options, `${binary.product} ${binary.version} on ${server.url} (${source}: ${binary.path})`)
        return server
      } catch (error) {
        // Between the look and the server's bind, another process may have taken the port.
        const isTaken =
          error instanceof RedisUnavailableError && /address already in use/i.test(error.message)
        if (!isTaken || givenPort !== undefined || tries === PORT_TRIES) throw error
      }
    }
  } catch (error) {
    await workspace.guard.end()
    throw error
  }
}

class OwnRedis implements RedisServer {
  readonly url: string
  readonly port: number
  readonly socketPath: string
  readonly dataDir: string
  readonly version: string
  readonly #plan: ServerPlan
  #process: ServerProcess
  #stopped: Promise<void> | undefined
  #last: Promise<unknown> = Promise.resolve()

  constructor(port: number, plan: ServerPlan & Workspace, server: ServerProcess) {
    this.url = `redis://127.0.0.1:${port}`
    this.port = port
    this.socketPath = plan.socketPath
    this.dataDir = plan.dataDir
    this.version = plan.binary.version
    this.#plan = plan
    this.#process = server
  }

  get pid(): number {
    return this.#process.pid
  }

  stop(): Promise<void> {
    this.#stopped ??= this.#inTurn(async () => {
      await this.#process.end('SIGTERM')
      await this.#plan.guard.end()
    })
    return this.#stopped
  }

  kill(): Promise<void> {
    return this.#inTurn(() => this.#process.end('SIGKILL'))
  }

  async restart(): Promise<void> {
    if (this.#stopped)
      throw new ClosedError('restart: expected a server that was not stopped; start a new one')
    await this.#inTurn(async () => {
      await this.#process.end('SIGTERM')
      this.#process = await ServerProcess.start(this.#plan)
    })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop()
  }

  /** One at a time: a stop() during a restart() must meet the new process, not the old one. */
  #inTurn(step: () => Promise<void>): Promise<void> {
    const turn = this.#last.then(step)
    this.#last = turn.catch(() => undefined)
    return turn
  }
}
