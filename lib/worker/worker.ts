import { hostname } from 'node:os'
import { type Duration, toMsOrForever } from '../core/duration.ts'
import { SuspendedError } from '../core/errors.ts'
import { DEFAULTS } from '../core/options.ts'
import { Signer } from '../core/signature.ts'
import { version } from '../core/version.ts'
import { functionName } from '../queue/call.ts'
import { withConfiguredStore } from '../queue/configure.ts'
import { DEFAULT_PREFIX, type StoreOptions } from '../queue/open-store.ts'
import type { Task } from '../queue/task-types.ts'
import { Connection } from '../redis/connection.ts'
import { RedisCronStore } from '../redis/cron-store.ts'
import { Doorbell } from '../redis/doorbell.ts'
import { readHanded } from '../redis/scripts.ts'
import { RedisStore } from '../redis/store.ts'
import { Suspension } from '../redis/suspension.ts'
import { toTarget } from '../redis/target.ts'
import { WorkerRegistry } from '../redis/worker-registry.ts'
import { Announcer, type WorkerEvents, type WorkerLife, type WorkerListener } from './announcer.ts'
import { Control } from './control.ts'
import { CronTicker } from './cron-ticker.ts'
import { Executor } from './executor.ts'
import { type Condition, workerFacts } from './facts.ts'
import { Fetcher } from './fetcher.ts'
import { firstWord, warnOfSettings } from './first-word.ts'
import { allWorkers, type FleetOptions, fetchWorker, type WorkerSnapshot } from './fleet.ts'
import { Halt } from './halt.ts'
import { Heartbeat } from './heartbeat.ts'
import { Maintainer } from './maintainer.ts'
import { Meter } from './meter.ts'
import { type CheckedWorkerOptions, checkWorkerOptions, type WorkerOptions } from './options.ts'
import { ProbeServer } from './probe-server.ts'
import { QueueOrder } from './queue-order.ts'
import { QueueSet } from './queue-set.ts'
import { QueueWatch } from './queue-watch.ts'
import { Quota } from './quota.ts'
import { type Readiness, readinessOf, toReadiness } from './readiness.ts'
import { describeRunning, type LiveRun } from './running.ts'
import type { WorkerTotals } from './tally.ts'
import { Title, type TitleFacts } from './title.ts'

export type { WorkerEvents, WorkerLife, WorkerListener, WorkerOptions, WorkerTotals }

/** RQ's own words. */
export const SUSPENDED = 'RQ is currently suspended, to resume job execution run "rq resume"'

/** Runs the jobs of its queues, the first queue's first. */
export class Worker {
  readonly name: string
  readonly #queues: QueueSet
  readonly #options: CheckedWorkerOptions
  readonly #connection: Connection
  readonly #store: RedisStore
  readonly #doorbell: Doorbell
  readonly #announcer: Announcer
  readonly #executor: Executor
  readonly #fetcher: Fetcher
  readonly #heartbeat: Heartbeat
  readonly #maintainer: Maintainer
  readonly #queueWatch: QueueWatch
  readonly #meter: Meter
  readonly #cron: CronTicker
  readonly #probes: ProbeServer
  readonly #prefix: string
  readonly #birth = Date.now()
  #running: Promise<WorkerTotals> | undefined
  #isStopping = false
  #isPaused = false
  readonly #halt: Halt
  readonly #title: Title | undefined
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
    const { name, logger, titlePrefix } = checked
    this.#options = checked
    this.name = name
    this.#queues = new QueueSet(checked.queues)
    this.#prefix = options.prefix ?? DEFAULT_PREFIX
    this.#connection = new Connection(toTarget(options.connection))
    const signer = options.secret === undefined ? undefined : new Signer(options.secret, this.#prefix)
    this.#store = new RedisStore(this.#connection, this.#prefix, checked.leaseMs, { signer })
    this.#doorbell = new Doorbell(this.#connection, this.#prefix, this.queues)
    this.#announcer = new Announcer(name, logger, checked.logDescriptions)
    this.#executor = new Executor({
      ...checked,
      worker: name,
      store: this.#store,
      announcer: this.#announcer,
      handlers: () => this.#handlers,
      rules: checked,
      onFork: (isFirst) => this.#announcer.forks(isFirst),
      roots: checked.paths,
      title: titlePrefix === undefined ? undefined : { prefix: titlePrefix, queues: this.#queues.wanted },
      onChange: () => this.#fetcher.onChange(),
      onFatal: (error) => this.#fail(error),
    })
    this.#heartbeat = new Heartbeat({
      worker: name,
      queues: this.#queues,
      store: this.#store,
      registry: new WorkerRegistry(this.#connection, this.#prefix),
      suspension: new Suspension(this.#store),
      leaseMs: checked.leaseMs,
      everyMs: checked.heartbeatMs,
      executor: this.#executor,
      onSuspended: (is) => this.#announcer.live(is ? 'beforePause' : 'afterPause'),
      facts: () => workerFacts(checked, this.#executor, this.#condition),
      log: logger,
    })
    this.#maintainer = new Maintainer(this.#store, this.#queues, logger, checked.maintenanceMs)
    this.#meter = new Meter(name, this.#store, logger, DEFAULTS.metricsMs)
    this.#executor.tally.meter = this.#meter
    this.#cron = new CronTicker(this.#store, new RedisCronStore(this.#connection, this.#prefix), logger)
    this.#probes = new ProbeServer(checked.probes, logger, {
      ready: async () => readinessOf([this.readiness]),
      metrics: async (accept) => (await import('../metrics/scrape.ts')).scrape(this.#store, accept),
    })
    const order = new QueueOrder(this.queues, checked.dequeueStrategy, undefined, (queue) =>
      this.#queues.weightOf(queue),
    )
    this.#queueWatch = new QueueWatch({
      queues: this.#queues,
      store: this.#store,
      worker: name,
      order,
      executor: this.#executor,
      doorbell: this.#doorbell,
      onChange: () => this.#onChange(),
    })
    this.#fetcher = new Fetcher({
      ...checked,
      worker: name,
      order,
      findQueues: () => this.#queueWatch.runOnce(),
      quota: new Quota(checked, this.#executor),
      store: this.#store,
      executor: this.#executor,
      doorbell: this.#doorbell,
      onTurn: (isIdle) => this.#announcer.turn(isIdle, this.#executor.tally.attempts),
      heartbeat: this.#heartbeat,
      log: logger,
    })
    this.#halt = new Halt({ executor: this.#executor, fetcher: this.#fetcher, termMs: checked.termMs })
    this.#title = titlePrefix === undefined ? undefined : new Title(titlePrefix, () => this.#condition)
  }

  get #condition(): Condition & TitleFacts {
    const { hasName, suspended } = this.#heartbeat
    return {
      birth: this.#birth,
      queues: this.#queues.wanted,
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
    return this.#queues.names
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
    this.#announcer.on(event, listener)
    return this
  }

  off<E extends keyof WorkerEvents>(event: E, listener: WorkerListener<E>): this {
    this.#announcer.off(event, listener)
    return this
  }

  /**
   * Works until `stop`, in burst mode until the queues are empty, or until `maxJobs` or `maxIdleTime` ends it; resolves with what it has
   * done. A Redis that is away is waited for.
   * @throws WorkerNameTakenError; SuspendedError if told so; RedisAuthError when Redis refuses the password; UnsupportedServerError;
   * UnnamableFunctionError for an exception handler that a work-horse could not import; BootstrapError where `imports` or `setup` fail
   */
  run(): Promise<WorkerTotals> {
    this.#running ??= this.#run()
    return this.#running
  }

  async #run(): Promise<WorkerTotals> {
    const { logger } = this.#options
    const release = this.#connection.hold()
    try {
      this.#handlers = await Promise.all(
        this.#options.exceptionHandlers.map((each) => functionName(each as Task)),
      )
      await this.#probes.start()
      logger.info(`RQ worker started, version ${version()}`)
      logger.info(`*** Starting worker ${hostname()}:${process.pid}:${this.#queues.wanted.join(',')}`)
      this.#title?.start()
      const connected = await firstWord(
        this.#connection,
        logger,
        () => this.#introduce(),
        this.#stopRequested,
      )
      if (!connected || this.#isStopping) return { ...this.#executor.tally.totals }
      if (this.#heartbeat.suspended && this.#options.refuseSuspended) throw new SuspendedError(SUSPENDED)
      if (this.#heartbeat.suspended) logger.warn(SUSPENDED)
      await warnOfSettings(this.#connection, logger, this.#stopRequested)
      logger.info(`*** Listening on ${this.#queues.wanted.join(', ')}...`)
      this.#executor.start()
      this.#heartbeat.start()
      this.#maintainer.start()
      this.#queueWatch.start()
      this.#meter.start()
      await this.#startCron()
      this.#connection.onReady(() => this.#onChange())
      const reason = await this.#fetcher.run()
      if (this.#fatal) throw this.#fatal
      if (reason !== undefined && !this.#isStopping) logger.info(`Worker ${reason}, quitting`)
      return { ...this.#executor.tally.totals }
    } finally {
      this.#halt.forget()
      await this.#close()
      await this.#probes.stop()
      this.#announcer.live('workerExit')
      release()
    }
  }

  /** A burst ends with what is there: entries that are due now belong to it, later ones do not. */
  async #startCron(): Promise<void> {
    if (!this.#options.burst) return this.#cron.start()
    await this.#cron.runOnce().catch((error: Error) => this.#options.logger.warn(`cron: ${error.message}`))
  }

  async #introduce(): Promise<void> {
    // Whoever finds it by its name can also tell it something.
    await this.#control.listen(this.#connection, this.#prefix, this.name)
    await this.#queueWatch.runOnce()
    await this.#heartbeat.introduce()
  }

  readonly #control = new Control({
    isNamed: () => this.#heartbeat.hasName,
    shutdown: () => this.#onShutdown(),
    killHorse: () => void this.killRunning(),
    handed: (queue, text) => {
      const job = readHanded(queue, text)
      if (job) this.#fetcher.onHanded(job)
    },
    quiet: () => {
      if (this.#quiet) return
      this.#quiet = true
      this.#options.logger.info('Quiet on request: claims no more jobs')
      this.#fetcher.stopClaiming()
      this.#heartbeat.hurry()
    },
    stopJob: (id) => this.#executor.abort(id, 'stopped'),
    paused: (queue) => {
      // After the turn, in which the answer to a claim that came before the pause may be read.
      if (this.queues.includes(queue)) setImmediate(() => void this.#executor.giveBackWaiting())
    },
    changed: () => this.#onChange(),
  })

  /** What the worker knows of its queues may be old. */
  #onChange(): void {
    this.#heartbeat.hurry()
    this.#fetcher.onChange()
  }

  #onShutdown(): void {
    const { logger } = this.#options
    logger.info(this.#isStopping ? 'Cold shut down requested' : 'Warm shut down requested')
    void (this.#isStopping ? this.stopNow() : this.stop())
  }

  /** Whether it can take jobs now, and what keeps it from it. Nothing is asked for it. */
  get readiness(): Readiness {
    const redis = this.#connection.isReady
    return toReadiness(this.#options, redis, this.#isStopping, this.#heartbeat.ageMs)
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
   * @param options.timeout -1 for as long as they take @default the worker's preShutdownTimeout, else its shutdownTimeout
   */
  async stop({ timeout }: { readonly timeout?: Duration } = {}): Promise<void> {
    const ms = timeout === undefined ? this.#options.preShutdownMs : toMsOrForever(timeout, 'timeout')
    this.#isStopping = true
    this.#announcer.live('shutdown')
    this.#requestStop()
    await this.#halt.warm(ms ?? Number.POSITIVE_INFINITY)
    await this.#running?.catch(() => {})
  }

  /** A cold stop: what runs is given back and killed at once. */
  async stopNow(): Promise<void> {
    this.#isStopping = true
    this.#requestStop()
    await this.#halt.cold()
    await this.#running?.catch(() => {})
  }

  /** Claims nothing until `resume`; what runs goes on, and what was claimed ahead goes back. Of this worker only: see Queue.pause, suspend. */
  pause(): void {
    this.#isPaused = true
    this.#fetcher.rest(true)
    // After the turn, in which the answer to a claim that came before may be read.
    setImmediate(() => void this.#executor.giveBackWaiting())
    this.#onChange()
  }

  resume(): void {
    this.#isPaused = false
    this.#fetcher.rest(false)
    this.#onChange()
  }

  /** What runs here now, in the order it was claimed. */
  get runningJobs(): readonly LiveRun[] {
    return this.#executor.running
  }

  /** Has the log tell what runs. */
  tellRunning(): void {
    for (const line of describeRunning(this.runningJobs)) this.#options.logger.info(line)
  }

  /** Kills the work-horses that run jobs, as `sendKillHorse` does: those jobs fail, or run again. Answers how many jobs that are. */
  killRunning(): number {
    try {
      const killed = this.#executor.killRunning()
      if (killed > 0) this.#options.logger.warn('Work-horse killed on request')
      return killed
    } catch (error) {
      this.#fail(error as Error)
      return 0
    }
  }

  /** Replaces the work-horses by fresh ones, each between its jobs: code that has changed is loaded anew. Not with `isolation: 'none'`. */
  async renewHorses(): Promise<void> {
    if (this.#options.isolation !== 'none') await this.#executor.renewHorses()
  }

  /** Every part ends, the store last: giving back comes before killing, and leaving after both. */
  async #close(): Promise<void> {
    this.#title?.stop()
    this.#heartbeat.stop()
    this.#queueWatch.stop()
    this.#meter.stop()
    this.#doorbell.close()
    await Promise.all([this.#maintainer.stop(), this.#cron.stop()])
    const idle = this.#executor.isClean
    if (idle) await this.#executor.stop()
    else this.#executor.killAll()
    // A Redis that is away lets the lease run out by itself.
    if (this.#connection.isReady) await this.#heartbeat.leave(() => this.#meter.flush())
    await this.#store.close()
  }
}
