import { randomBytes } from 'node:crypto'
import type { Duration } from '../core/duration.ts'
import {
  BootstrapError,
  InvalidArgumentError,
  RedisUnavailableError,
  SuspendedError,
} from '../core/errors.ts'
import type { Scrape } from '../metrics/scrape.ts'
import { functionName } from '../queue/call.ts'
import { type StoreOptions, withStore } from '../queue/open-store.ts'
import type { Task } from '../queue/task-types.ts'
import { Suspension } from '../redis/suspension.ts'
import type { Log } from './logger.ts'
import { type CheckedWorkerOptions, checkWorkerOptions, type WorkerOptions } from './options.ts'
import { PoolMember } from './pool-member.ts'
import type { PoolOrder, PortableOptions } from './pool-protocol.ts'
import { ProbeServer } from './probe-server.ts'
import { type Readiness, readinessOf } from './readiness.ts'
import { addTotals, attemptsOf, type WorkerTotals } from './tally.ts'
import { SUSPENDED } from './worker.ts'

/** What each worker of a pool is made with, and how many there are. */
export interface WorkerPoolOptions extends WorkerOptions {
  /** How many worker processes. @default 1 */
  readonly size?: number
}

/** Worker processes with queues of their own, and how many of them. */
export interface PoolPart {
  readonly queues: string | readonly string[]
  /** @default 1 */
  readonly count?: number
  /** Jobs at once in each. @default the pool's */
  readonly concurrency?: number
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
  /** What the names of its workers begin with. */
  readonly name: string
  /** What each worker process is for. */
  readonly #places: readonly Place[]
  readonly #options: WorkerOptions
  readonly #checked: CheckedWorkerOptions
  readonly #log: Log
  readonly #probes: ProbeServer
  readonly #members = new Set<PoolMember>()
  readonly #waits = new Set<() => void>()
  #totals: WorkerTotals = { finished: 0, failed: 0, retried: 0, stopped: 0 }
  #running: Promise<WorkerTotals> | undefined
  #stopping = false
  #isPaused = false
  #fatal: Error | undefined
  #killer: NodeJS.Timeout | undefined

  /** @throws InvalidArgumentError for options that cannot be used, or that cannot reach another process. */
  constructor(
    queues: string | readonly string[] | readonly PoolPart[] = 'default',
    { size = 1, ...options }: WorkerPoolOptions = {},
  ) {
    this.#places = isParts(queues)
      ? queues.flatMap((part) => toPlaces(part, options))
      : toPlaces({ queues, count: size }, options, 'size')
    this.size = this.#places.length
    this.#checked = checkWorkerOptions(this.#places[0]!.queues, options, ['size'])
    checkPortable(options.connection)
    this.name = this.#checked.name
    this.#options = options
    this.#log = this.#checked.logger
    this.#probes = new ProbeServer(this.#checked.probes, this.#log, {
      ready: async () => readinessOf(await this.readiness()),
      metrics: (accept) => this.#scrape(accept),
    })
  }

  /** The processes there are now. */
  get workers(): PoolWorker[] {
    return [...this.#members].map(({ name, pid, startedAt }) => ({ name, pid, startedAt }))
  }

  /** Whether each of them can take jobs now, and what keeps it from it. */
  readiness(): Promise<Readiness[]> {
    return Promise.all([...this.#members].map((each) => each.readiness()))
  }

  /**
   * Works until `stop`; in burst mode, or with `maxIdleTime`, until every worker has ended by itself. One that has had its `maxJobs` is followed
   * by another. Resolves with what all of them have done; what one had done that died is not in it.
   * @throws SuspendedError if told so; RedisAuthError; UnsupportedServerError; UnnamableFunctionError; BootstrapError
   */
  run(): Promise<WorkerTotals> {
    this.#running ??= this.#run()
    return this.#running
  }

  async #run(): Promise<WorkerTotals> {
    const options = await this.#portable()
    await this.#probes.start()
    try {
      await this.#check()
      this.#log.info(`RQ worker pool started with ${this.size} workers, PID ${process.pid}`)
      await Promise.all(this.#places.map((place) => this.#keep(place, options)))
    } finally {
      clearTimeout(this.#killer)
      await this.#probes.stop()
    }
    if (this.#fatal) throw this.#fatal
    this.#log.info('Worker pool done, quitting')
    return this.#totals
  }

  /** One place of the pool: a worker, and after it the next, until it is no more wanted. */
  async #keep({ queues, concurrency }: Place, options: PortableOptions): Promise<void> {
    for (let wait = FIRST_WAIT_MS; !this.#stopping; ) {
      const member = new PoolMember({
        queues,
        options: { ...options, ...(concurrency !== undefined && { concurrency }), name: this.#nextName() },
        logger: this.#log,
        onHopeless: (message) => this.#fail(new BootstrapError(message)),
      })
      this.#members.add(member)
      // It takes the place of one that had been told.
      if (this.#isPaused) member.tell({ kind: 'pause' })
      const totals = await member.ended
      this.#members.delete(member)
      if (totals) this.#totals = addTotals(this.#totals, totals)
      if (this.#isSpent(totals)) {
        this.#log.info(`Worker ${member.name} (PID ${member.pid}) has run its jobs, starting another`)
        continue
      }
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
    const { burst, maxIdleMs } = this.#checked
    return this.#stopping || burst || (totals !== undefined && maxIdleMs !== undefined)
  }

  /** With `maxJobs` a process is renewed in time; a burst goes on in the next, for its queues may not be empty. */
  #isSpent(totals: WorkerTotals | undefined): boolean {
    const { maxJobs } = this.#checked
    return !this.#stopping && maxJobs !== undefined && totals !== undefined && attemptsOf(totals) >= maxJobs
  }

  /** One that crashed keeps its name until its time to live is over: the next has another. */
  #nextName(): string {
    return `${this.name}.${randomBytes(3).toString('hex')}`
  }

  async #portable(): Promise<PortableOptions> {
    const { logger, healthPort, metricsPort, healthHost, exceptionHandlers = [], ...same } = this.#options
    const names = await Promise.all(exceptionHandlers.map((each) => functionName(each as Task)))
    return { ...same, whenSuspended: 'wait', exceptionHandlers: names }
  }

  get #place(): StoreOptions {
    const { connection, prefix } = this.#options
    return { ...(connection !== undefined && { connection }), ...(prefix !== undefined && { prefix }) }
  }

  async #scrape(accept: string): Promise<Scrape> {
    const { scrape } = await import('../metrics/scrape.ts')
    return withStore(this.#place, (store) => scrape(store, accept))
  }

  /** What would end each worker is told once, before there is any. A Redis that is away is waited for by the workers. */
  async #check(): Promise<void> {
    try {
      const until = await withStore(this.#place, (each) => new Suspension(each).until())
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
  async stop(options: { readonly timeout?: Duration } = {}): Promise<void> {
    this.#stopping = true
    for (const end of this.#waits) end()
    this.#tell({ kind: 'stop', ...options })
    await this.#running?.catch(() => {})
  }

  /** As the methods of Worker, for each of them. */
  pause(): void {
    this.#isPaused = true
    this.#tell({ kind: 'pause' })
  }

  resume(): void {
    this.#isPaused = false
    this.#tell({ kind: 'resume' })
  }

  killRunning(): void {
    this.#tell({ kind: 'killRunning' })
  }

  tellRunning(): void {
    this.#tell({ kind: 'tellRunning' })
  }

  async renewHorses(): Promise<void> {
    this.#tell({ kind: 'renewHorses' })
  }

  #tell(order: PoolOrder): void {
    for (const member of this.#members) member.tell(order)
  }

  /** A cold stop: what runs is given back and killed at once. */
  async stopNow(): Promise<void> {
    const warm = this.stop()
    this.#tell({ kind: 'stopNow' })
    this.#killer ??= setTimeout(() => {
      for (const member of this.#members) member.kill()
    }, COLD_LIMIT_MS)
    await warm
  }
}

interface Place {
  readonly queues: readonly string[]
  readonly concurrency: number | undefined
}

function isParts(queues: string | readonly unknown[]): queues is readonly PoolPart[] {
  return Array.isArray(queues) && queues.length > 0 && queues.every((each) => typeof each === 'object')
}

function toPlaces(
  { queues, count = 1, concurrency }: PoolPart,
  options: WorkerOptions,
  what = 'count',
): Place[] {
  if (!Number.isInteger(count) || count < 1 || count > 1_000)
    throw new InvalidArgumentError(`${what}: expected a whole number from 1 to 1000, got ${String(count)}`)
  const checked = checkWorkerOptions(
    queues,
    { ...options, ...(concurrency !== undefined && { concurrency }) },
    ['size'],
  )
  return Array.from({ length: count }, () => ({ queues: checked.queues, concurrency }))
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
