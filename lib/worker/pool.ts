import { randomBytes } from 'node:crypto'
import {
  BootstrapError,
  InvalidArgumentError,
  RedisUnavailableError,
  SuspendedError,
} from '../core/errors.ts'
import { functionName } from '../queue/call.ts'
import { withStore } from '../queue/open-store.ts'
import type { Task } from '../queue/task-types.ts'
import { Suspension } from '../redis/suspension.ts'
import type { Logger } from './logger.ts'
import { type CheckedWorkerOptions, checkWorkerOptions, type WorkerOptions } from './options.ts'
import { PoolMember } from './pool-member.ts'
import type { PortableOptions } from './pool-protocol.ts'
import { addTotals, type WorkerTotals } from './tally.ts'
import { SUSPENDED } from './worker.ts'

export interface WorkerPoolOptions extends WorkerOptions {
  /** How many worker processes. @default 1 */
  readonly size?: number
}

/** One process of a pool. */
export interface PoolWorker {
  readonly name: string
  readonly pid: number | undefined
  readonly startedAt: Date
}

/** A worker that lived so long may be replaced at once. */
const STABLE_MS = 10_000
const FIRST_WAIT_MS = 100
const LONGEST_WAIT_MS = 30_000
/** A worker that was told to stop at once, and has not after this, is killed. */
const COLD_LIMIT_MS = 10_000

/** Keeps a number of worker processes going: one that dies is replaced, and none outlives the pool. */
export class WorkerPool {
  readonly size: number
  readonly #queues: readonly string[]
  readonly #options: WorkerOptions
  readonly #checked: CheckedWorkerOptions
  readonly #log: Logger
  readonly #members = new Set<PoolMember>()
  readonly #waits = new Set<() => void>()
  #totals: WorkerTotals = { finished: 0, failed: 0, retried: 0, stopped: 0 }
  #running: Promise<WorkerTotals> | undefined
  #stopping = false
  #fatal: Error | undefined
  #killer: NodeJS.Timeout | undefined

  /** @throws InvalidArgumentError for options that cannot be used, or that cannot reach another process. */
  constructor(
    queues: string | readonly string[] = 'default',
    { size = 1, ...options }: WorkerPoolOptions = {},
  ) {
    if (!Number.isInteger(size) || size < 1 || size > 1_000)
      throw new InvalidArgumentError(`size: expected a whole number from 1 to 1000, got ${String(size)}`)
    this.size = size
    this.#checked = checkWorkerOptions(queues, options, ['size'])
    checkPortable(options.connection)
    this.#queues = this.#checked.queues
    this.#options = options
    this.#log = this.#checked.logger
  }

  /** The processes there are now. */
  get workers(): PoolWorker[] {
    return [...this.#members].map(({ name, pid, startedAt }) => ({ name, pid, startedAt }))
  }

  /**
   * Works until `stop`; in burst mode, with `maxJobs` or `maxIdleTime`, until every worker has ended by itself. Resolves with what all of them
   * have done; what one had done that died is not in it.
   * @throws SuspendedError if told so; RedisAuthError; UnsupportedServerError; UnnamableFunctionError; BootstrapError
   */
  run(): Promise<WorkerTotals> {
    this.#running ??= this.#run()
    return this.#running
  }

  async #run(): Promise<WorkerTotals> {
    const options = await this.#portable()
    await this.#check()
    this.#log.info(`RQ worker pool started with ${this.size} workers, PID ${process.pid}`)
    try {
      await Promise.all(Array.from({ length: this.size }, () => this.#keep(options)))
    } finally {
      clearTimeout(this.#killer)
    }
    if (this.#fatal) throw this.#fatal
    this.#log.info('Worker pool done, quitting')
    return this.#totals
  }

  /** One place of the pool: a worker, and after it the next, until it is no more wanted. */
  async #keep(options: PortableOptions): Promise<void> {
    for (let wait = FIRST_WAIT_MS; !this.#stopping; ) {
      const member = new PoolMember({
        queues: this.#queues,
        options: { ...options, name: this.#nextName() },
        logger: this.#log,
        onHopeless: (message) => this.#fail(new BootstrapError(message)),
      })
      this.#members.add(member)
      const totals = await member.ended
      this.#members.delete(member)
      if (totals) this.#totals = addTotals(this.#totals, totals)
      if (this.#isOver(totals)) return
      this.#log.warn(`Worker ${member.name} (PID ${member.pid}) ended, starting another`)
      wait = Date.now() - member.startedAt.getTime() >= STABLE_MS ? FIRST_WAIT_MS : wait
      await this.#pause(wait)
      wait = Math.min(2 * wait, LONGEST_WAIT_MS)
    }
  }

  #fail(error: Error): void {
    if (this.#fatal) return
    this.#fatal = error
    void this.stop()
  }

  /** A burst is over for whoever ended, even if it died: what it held, the others or the next burst will run. */
  #isOver(totals: WorkerTotals | undefined): boolean {
    const { burst, maxJobs, maxIdleMs } = this.#checked
    if (this.#stopping || burst) return true
    return totals !== undefined && (maxJobs !== undefined || maxIdleMs !== undefined)
  }

  /** One that crashed keeps its name until its time to live is over: the next has another. */
  #nextName(): string {
    return `${this.#options.name ?? this.#checked.name}.${randomBytes(3).toString('hex')}`
  }

  async #portable(): Promise<PortableOptions> {
    const { logger: _, exceptionHandlers = [], ...same } = this.#options
    const names = await Promise.all(exceptionHandlers.map((each) => functionName(each as Task)))
    return { ...same, whenSuspended: 'wait', exceptionHandlers: names }
  }

  /** What would end each worker is told once, before there is any. A Redis that is away is waited for by the workers. */
  async #check(): Promise<void> {
    const { connection, prefix } = this.#options
    const store = { ...(connection !== undefined && { connection }), ...(prefix !== undefined && { prefix }) }
    try {
      const until = await withStore(store, (each) => new Suspension(each).until())
      if (until !== undefined && this.#checked.refuseSuspended) throw new SuspendedError(SUSPENDED)
    } catch (error) {
      if (!(error instanceof RedisUnavailableError)) throw error
      this.#log.warn(`${error.message} Waiting for it.`)
    }
  }

  #pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const end = () => {
        clearTimeout(timer)
        this.#waits.delete(end)
        resolve()
      }
      const timer = setTimeout(end, ms)
      this.#waits.add(end)
    })
  }

  /** A warm stop of every worker. Resolves when all have ended. Calling it twice is harmless. */
  async stop(): Promise<void> {
    this.#stopping = true
    for (const end of this.#waits) end()
    for (const member of this.#members) member.stop()
    await this.#running?.catch(() => {})
  }

  /** A cold stop: what runs is given back and killed at once. */
  async stopNow(): Promise<void> {
    const warm = this.stop()
    for (const member of this.#members) member.stopNow()
    this.#killer ??= setTimeout(() => {
      for (const member of this.#members) member.kill()
    }, COLD_LIMIT_MS)
    await warm
  }
}

/** Another process can only be told how to connect. */
function checkPortable(connection: unknown): void {
  if (connection === undefined || typeof connection === 'string') return
  try {
    if (JSON.stringify(connection) !== undefined && isData(connection)) return
  } catch {
    // Said below.
  }
  throw new InvalidArgumentError(
    'connection: expected a URL or plain options, which can be sent to the worker processes, got a client or options with functions',
  )
}

function isData(value: unknown): boolean {
  if (typeof value === 'function') return false
  if (typeof value !== 'object' || value === null) return true
  const prototype = Object.getPrototypeOf(value)
  const isPlain = prototype === Object.prototype || prototype === null || Array.isArray(value)
  return isPlain && Object.values(value).every(isData)
}
