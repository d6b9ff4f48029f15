import { hostname } from 'node:os'
import { type Duration, toMsOrForever } from '../core/duration.ts'
import { InvalidArgumentError, SuspendedError } from '../core/errors.ts'
import { version } from '../core/version.ts'
import { functionName } from '../queue/call.ts'
import { withConfiguredStore } from '../queue/configure.ts'
import { refuseStandIn, type StoreOptions } from '../queue/open-store.ts'
import type { Task } from '../queue/task-types.ts'
import { readHanded } from '../redis/claimed.ts'
import type { WorkerEvents, WorkerLife, WorkerListener } from './announcer.ts'
import { Control } from './control.ts'
import type { Condition } from './facts.ts'
import { firstWord, warnOfSettings } from './first-word.ts'
import { allWorkers, type FleetOptions, fetchWorker, type WorkerSnapshot } from './fleet.ts'
import { type CheckedWorkerOptions, checkWorkerOptions, type WorkerOptions } from './options.ts'
import { makeParts, type Parts } from './parts.ts'
import { type Readiness, toReadiness } from './readiness.ts'
import { describeRunning, type LiveRun } from './running.ts'
import type { WorkerTotals } from './tally.ts'
import type { TitleFacts } from './title.ts'

export type { WorkerEvents, WorkerLife, WorkerListener, WorkerOptions, WorkerTotals }

/** RQ's own words. */
export const SUSPENDED = 'RQ is currently suspended, to resume job execution run "rq resume"'

/** Runs the jobs of its queues, the first queue's first. */
export class Worker {
  readonly name: string
  readonly #options: CheckedWorkerOptions
  readonly #parts: Parts
  readonly #hasOwnConnection: boolean
  readonly #birth = Date.now()
  #running: Promise<WorkerTotals> | undefined
  #isStopping = false
  #isPaused = false
  #fatal: Error | undefined
  /** It claims no more, and goes on living. */
  #quiet = false
  #handlers: readonly string[] = []
  #requestStop: () => void = () => {}
  readonly #stopRequested = new Promise<void>((resolve) => {
    this.#requestStop = resolve
  })

  /** @throws InvalidArgumentError for options that cannot be used. Redis is first asked by `run`. */
  constructor(queues: string | readonly string[] = 'default', given: WorkerOptions = {}) {
    const options = withConfiguredStore(given, ['connection', 'prefix', 'secret'])
    const checked = checkWorkerOptions(queues, options)
    this.#options = checked
    this.#hasOwnConnection = given.connection !== undefined
    this.name = checked.name
    this.#parts = makeParts(checked, options, {
      handlers: () => this.#handlers,
      condition: () => this.#condition,
      readiness: () => this.readiness,
      onChange: () => this.#onChange(),
      onFatal: (error) => this.#fail(error),
    })
  }

  get #condition(): Condition & TitleFacts {
    const { hasName, suspended } = this.#parts.heartbeat
    return {
      birth: this.#birth,
      queues: this.#parts.queues.wanted,
      running: this.runningJobs,
      isStarting: !hasName,
      isSuspended: suspended,
      isPaused: this.#isPaused,
      isStopping: this.#isStopping,
      isQuiet: this.#quiet,
    }
  }

  /** Those that it works on now: with globs, the queues that there are. */
  get queues(): readonly string[] {
    return this.#parts.queues.names
  }

  /** Every living worker, or those of one queue, in the order of their last heartbeats. */
  static readonly all = (options: FleetOptions = {}): Promise<WorkerSnapshot[]> => allWorkers(options)
  static readonly count = async (options: FleetOptions = {}): Promise<number> =>
    (await allWorkers(options)).length
  /** The living worker of a name, or null. */
  static readonly fetch = (name: string, options: StoreOptions = {}): Promise<WorkerSnapshot | null> =>
    fetchWorker(name, options)

  /** Hears of jobs as they begin and end on this worker, and of its own life: WorkerLife. What a listener throws is logged. */
  on<E extends keyof WorkerEvents>(event: E, listener: WorkerListener<E>): this {
    this.#parts.announcer.on(event, listener)
    return this
  }

  off<E extends keyof WorkerEvents>(event: E, listener: WorkerListener<E>): this {
    this.#parts.announcer.off(event, listener)
    return this
  }

  /**
   * Works until `stop`, in burst mode until the queues are empty, or until `maxJobs` or `maxIdleTime` ends it; resolves with what it has
   * done. A Redis that is away is waited for.
   * @throws WorkerNameTakenError; SuspendedError if told so; RedisAuthError when Redis refuses the password; UnsupportedServerError;
   * UnnamableFunctionError for an exception handler that a work-horse could not import; BootstrapError where `imports` or `setup` fail;
   * TestingError in a test without Redis, unless it was given a connection
   */
  run(): Promise<WorkerTotals> {
    this.#running ??= this.#run()
    return this.#running
  }

  async #run(): Promise<WorkerTotals> {
    const { logger } = this.#options
    // It would find none of the test's jobs, and run those of whatever Redis is there.
    if (!this.#hasOwnConnection) refuseStandIn()
    const release = this.#parts.connection.hold()
    try {
      this.#handlers = await Promise.all(
        this.#options.exceptionHandlers.map((each) => functionName(each as Task)),
      )
      await this.#parts.probes.start()
      logger.info(`RQ worker started, version ${version()}`)
      logger.info(`*** Starting worker ${hostname()}:${process.pid}:${this.#parts.queues.wanted.join(',')}`)
      this.#parts.title?.start()
      const connected = await firstWord(
        this.#parts.connection,
        logger,
        () => this.#introduce(),
        this.#stopRequested,
      )
      if (!connected || this.#isStopping) return { ...this.#parts.executor.tally.totals }
      if (this.#parts.heartbeat.suspended && this.#options.refuseSuspended)
        throw new SuspendedError(SUSPENDED)
      if (this.#parts.heartbeat.suspended) logger.warn(SUSPENDED)
      await warnOfSettings(this.#parts.connection, logger, this.#stopRequested)
      logger.info(`*** Listening on ${this.#parts.queues.wanted.join(', ')}...`)
      this.#parts.executor.start()
      this.#parts.heartbeat.start()
      this.#parts.maintainer.start()
      this.#parts.queueWatch.start()
      this.#parts.meter.start()
      await this.#startCron()
      this.#parts.connection.onReady(() => this.#onChange())
      const reason = await this.#parts.fetcher.run()
      if (this.#fatal) throw this.#fatal
      if (reason !== undefined && !this.#isStopping) logger.info(`Worker ${reason}, quitting`)
      return { ...this.#parts.executor.tally.totals }
    } finally {
      this.#parts.halt.forget()
      await this.#close()
      await this.#parts.probes.stop()
      this.#parts.announcer.live('workerExit')
      release()
    }
  }

  /** A burst ends with what is there: entries that are due now belong to it, later ones do not. */
  async #startCron(): Promise<void> {
    if (!this.#options.burst) return this.#parts.cron.start()
    await this.#parts.cron
      .runOnce()
      .catch((error: Error) => this.#options.logger.warn(`cron: ${error.message}`))
  }

  async #introduce(): Promise<void> {
    // Whoever finds it by its name can also tell it something.
    await this.#control.listen(this.#parts.connection, this.#parts.prefix, this.name)
    await this.#parts.queueWatch.runOnce()
    await this.#parts.heartbeat.introduce()
  }

  readonly #control = new Control({
    isNamed: () => this.#parts.heartbeat.hasName,
    shutdown: () => this.#onShutdown(),
    killHorse: () => void this.killRunning(),
    handed: (queue, text) => {
      const job = readHanded(queue, text)
      if (job && this.#parts.heartbeat.holdsLease) this.#parts.fetcher.onHanded(job)
    },
    quiet: () => {
      if (this.#quiet) return
      this.#quiet = true
      this.#options.logger.info('Quiet on request: claims no more jobs')
      this.#parts.fetcher.stopClaiming()
      this.#parts.heartbeat.hurry()
    },
    stopJob: (id) => this.#parts.executor.abort(id, 'stopped'),
    paused: (queue) => {
      // After the turn, in which the answer to a claim that came before the pause may be read.
      if (this.queues.includes(queue)) setImmediate(() => void this.#parts.executor.giveBackWaiting())
    },
    changed: () => this.#onChange(),
  })

  /** What the worker knows of its queues may be old. */
  #onChange(): void {
    this.#parts.heartbeat.hurry()
    this.#parts.fetcher.onChange()
  }

  #onShutdown(): void {
    const { logger } = this.#options
    logger.info(this.#isStopping ? 'Cold shut down requested' : 'Warm shut down requested')
    void (this.#isStopping ? this.stopNow() : this.stop())
  }

  /** Whether it can take jobs now, and what keeps it from it. Nothing is asked for it. */
  get readiness(): Readiness {
    const { connection, executor, heartbeat } = this.#parts
    return toReadiness(
      this.#options,
      connection.isReady,
      executor.isPrepared,
      this.#isStopping,
      heartbeat.ageMs,
    )
  }

  #fail(error: Error): void {
    if (this.#fatal) return
    this.#fatal = error
    this.#options.logger.error(error.message)
    void this.stopNow()
  }

  /**
   * A warm stop: claims no more, lets running jobs end within the timeout, then aborts them and gives them back to the front
   * of their queues, their attempt uncounted. Resolves when the worker has ended. Calling it twice is harmless.
   * `timeout` is -1 for as long as they take, and by default the worker's preShutdownTimeout, else its shutdownTimeout.
   */
  async stop({ timeout }: { readonly timeout?: Duration } = {}): Promise<void> {
    const ms = timeout === undefined ? this.#options.preShutdownMs : toMsOrForever(timeout, 'timeout')
    this.#isStopping = true
    this.#parts.announcer.live('shutdown')
    this.#requestStop()
    await this.#parts.halt.warm(ms ?? Number.POSITIVE_INFINITY)
    await this.#running?.catch(() => {})
  }

  /**
   * `run` for a platform that allows so much time and no more, as a function that a schedule calls: with `burst` it ends as soon as the queues
   * are empty. For the last fifth of the time, 5 s at most but no less than `termTimeout`, it claims no more; what still runs `termTimeout` before the end is told so, and
   * given back at the end, its attempt uncounted.
   * The time counts from now on; allow some seconds more for the worker to leave.
   * @throws as `run`; InvalidArgumentError
   */
  async runUntil({ ms }: { readonly ms: number }): Promise<WorkerTotals> {
    if (!(ms > 0 && ms < 2 ** 31))
      throw new InvalidArgumentError(`runUntil: expected { ms } as a time in milliseconds, got ${String(ms)}`)
    const termMs = Math.min(this.#options.termMs, ms / 2)
    const lastMs = Math.max(termMs, Math.min(ms / 5, 5_000))
    const timeout = (lastMs - termMs) / 1000
    const timer = setTimeout(() => void this.stop({ timeout }), ms - lastMs)
    try {
      return await this.run()
    } finally {
      clearTimeout(timer)
    }
  }

  /** A cold stop: what runs is given back and killed at once. */
  async stopNow(): Promise<void> {
    this.#isStopping = true
    this.#requestStop()
    await this.#parts.halt.cold()
    await this.#running?.catch(() => {})
  }

  /** Claims nothing until `resume`; what runs goes on, and what was claimed ahead goes back. Of this worker only: see Queue.pause, suspend. */
  pause(): void {
    this.#isPaused = true
    this.#parts.announcer.rests('paused', true)
    this.#parts.fetcher.rest(true)
    // After the turn, in which the answer to a claim that came before may be read.
    setImmediate(() => void this.#parts.executor.giveBackWaiting())
    this.#onChange()
  }

  resume(): void {
    this.#isPaused = false
    this.#parts.announcer.rests('paused', false)
    this.#parts.fetcher.rest(false)
    this.#onChange()
  }

  /** What runs here now, in the order it was claimed. */
  get runningJobs(): readonly LiveRun[] {
    return this.#parts.executor.running
  }

  /** Has the log tell what runs. */
  tellRunning(): void {
    for (const line of describeRunning(this.runningJobs)) this.#options.logger.info(line)
  }

  /** Kills the work-horses that run jobs, as `sendKillHorse` does: those jobs fail, or run again. Answers how many jobs that are. */
  killRunning(): number {
    try {
      const killed = this.#parts.executor.killRunning()
      if (killed > 0) this.#options.logger.warn('Work-horse killed on request')
      return killed
    } catch (error) {
      this.#fail(error as Error)
      return 0
    }
  }

  /** Replaces the work-horses by fresh ones, each between its jobs: code that has changed is loaded anew. Not with `isolation: 'none'`. */
  async renewHorses(): Promise<void> {
    if (this.#options.isolation !== 'none') await this.#parts.executor.renewHorses()
  }

  /** Every part ends, the store last: giving back comes before killing, and leaving after both. */
  async #close(): Promise<void> {
    this.#parts.title?.stop()
    this.#parts.heartbeat.stop()
    this.#parts.queueWatch.stop()
    this.#parts.meter.stop()
    this.#parts.doorbell.close()
    await Promise.all([this.#parts.maintainer.stop(), this.#parts.cron.stop()])
    const idle = this.#parts.executor.isClean
    if (idle) await this.#parts.executor.stop()
    else this.#parts.executor.killAll()
    // A Redis that is away lets the lease run out by itself.
    if (this.#parts.connection.isReady) await this.#parts.heartbeat.leave(() => this.#parts.meter.flush())
    await this.#parts.store.close()
  }
}
