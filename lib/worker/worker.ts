import { hostname } from 'node:os'
import { SuspendedError } from '../core/errors.ts'
import { DEFAULTS } from '../core/options.ts'
import { Signer } from '../core/signature.ts'
import { version } from '../core/version.ts'
import { functionName } from '../queue/call.ts'
import { DEFAULT_PREFIX, type StoreOptions } from '../queue/open-store.ts'
import type { Task } from '../queue/task-types.ts'
import { Connection } from '../redis/connection.ts'
import { CronStore } from '../redis/cron-store.ts'
import { Doorbell } from '../redis/doorbell.ts'
import { unsafeSettings } from '../redis/settings-check.ts'
import { RedisStore } from '../redis/store.ts'
import { Suspension } from '../redis/suspension.ts'
import { toTarget } from '../redis/target.ts'
import { WorkerRegistry } from '../redis/worker-registry.ts'
import { Control } from './control.ts'
import { CronTicker } from './cron-ticker.ts'
import { Executor } from './executor.ts'
import { Fetcher } from './fetcher.ts'
import { allWorkers, type FleetOptions, fetchWorker, type WorkerSnapshot, type WorkerState } from './fleet.ts'
import { Heartbeat } from './heartbeat.ts'
import { silent } from './logger.ts'
import { Maintainer } from './maintainer.ts'
import { Meter } from './meter.ts'
import { Narrator } from './narrator.ts'
import { type CheckedWorkerOptions, checkWorkerOptions, type WorkerOptions } from './options.ts'
import { QueueOrder } from './queue-order.ts'
import { Quota } from './quota.ts'
import type { WorkerTotals } from './tally.ts'

export type { WorkerOptions, WorkerTotals }

/** RQ's own words. */
export const SUSPENDED = 'RQ is currently suspended, to resume job execution run "rq resume"'
/** A Redis that is not there after this long is told of. */
const SAY_AFTER_MS = 1_000

/** Runs the jobs of its queues, the first queue's first. */
export class Worker {
  readonly name: string
  readonly queues: readonly string[]
  readonly #options: CheckedWorkerOptions
  readonly #connection: Connection
  readonly #store: RedisStore
  readonly #doorbell: Doorbell
  readonly #executor: Executor
  readonly #fetcher: Fetcher
  readonly #heartbeat: Heartbeat
  readonly #maintainer: Maintainer
  readonly #meter: Meter
  readonly #cron: CronTicker
  readonly #prefix: string
  readonly #birth = Date.now()
  #running: Promise<WorkerTotals> | undefined
  #stopping: Promise<void> | undefined
  #deadline: NodeJS.Timeout | undefined
  #fatal: Error | undefined
  /** It claims no more, and goes on living. */
  #quiet = false
  #handlers: readonly string[] = []
  #requestStop: () => void = () => {}
  readonly #stopRequested = new Promise<void>((resolve) => {
    this.#requestStop = resolve
  })

  /** @throws InvalidArgumentError for options that cannot be used. Redis is first asked by `run`. */
  constructor(queues: string | readonly string[] = 'default', options: WorkerOptions = {}) {
    const checked = checkWorkerOptions(queues, options)
    const { name, logger, logDescriptions, isolation, concurrency, horses, maxMemoryMb, paths, burst } =
      checked
    this.#options = checked
    this.name = name
    this.queues = checked.queues
    this.#prefix = options.prefix ?? DEFAULT_PREFIX
    this.#connection = new Connection(toTarget(options.connection))
    const { secret } = options
    const signer = secret === undefined ? undefined : new Signer(secret, this.#prefix)
    this.#store = new RedisStore(this.#connection, this.#prefix, checked.leaseMs, signer)
    this.#doorbell = new Doorbell(this.#connection, this.#prefix, this.queues)
    this.#executor = new Executor({
      worker: name,
      store: this.#store,
      narrator: new Narrator(logger, logDescriptions),
      handlers: () => this.#handlers,
      rules: checked,
      isolation,
      concurrency,
      horses,
      maxMemoryMb,
      roots: paths,
      onChange: () => this.#fetcher.onChange(),
      onFatal: (error) => this.#fail(error),
    })
    this.#heartbeat = new Heartbeat({
      worker: name,
      queues: this.queues,
      store: this.#store,
      registry: new WorkerRegistry(this.#connection, this.#prefix),
      suspension: new Suspension(this.#store),
      leaseMs: checked.leaseMs,
      everyMs: checked.heartbeatMs,
      executor: this.#executor,
      facts: () => this.#facts(),
      log: logger,
    })
    this.#maintainer = new Maintainer(this.#store, this.queues, logger, checked.maintenanceMs)
    this.#meter = new Meter(name, this.#store, logger, DEFAULTS.metricsMs)
    this.#executor.tally.meter = this.#meter
    this.#cron = new CronTicker(this.#store, new CronStore(this.#connection, this.#prefix), logger)
    this.#fetcher = new Fetcher({
      worker: name,
      order: new QueueOrder(this.queues, checked.dequeueStrategy),
      quota: new Quota(checked, this.#executor),
      store: this.#store,
      executor: this.#executor,
      doorbell: this.#doorbell,
      heartbeat: this.#heartbeat,
      burst,
      log: logger,
    })
  }

  /** Every living worker, or those of one queue, in the order of their last heartbeats. */
  static all(options: FleetOptions = {}): Promise<WorkerSnapshot[]> {
    return allWorkers(options)
  }

  static async count(options: FleetOptions = {}): Promise<number> {
    return (await allWorkers(options)).length
  }

  /** The living worker of a name, or null. */
  static fetch(name: string, options: StoreOptions = {}): Promise<WorkerSnapshot | null> {
    return fetchWorker(name, options)
  }

  /**
   * Works until `stop`, in burst mode until the queues are empty, or until `maxJobs` or `maxIdleTime` ends it; resolves with what it has
   * done. A Redis that is away is waited for.
   * @throws WorkerNameTakenError; SuspendedError if told so; RedisAuthError when Redis refuses the password; UnsupportedServerError;
   * UnnamableFunctionError for an exception handler that a work-horse could not import
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
      logger.info(`RQ worker started, version ${version()}`)
      if (!(await this.#connected())) return { ...this.#executor.tally.totals }
      if (this.#heartbeat.suspended && this.#options.refuseSuspended) throw new SuspendedError(SUSPENDED)
      if (this.#heartbeat.suspended) logger.warn(SUSPENDED)
      await this.#warnOfSettings()
      logger.info(`*** Listening on ${this.queues.join(', ')}...`)
      this.#executor.start()
      this.#heartbeat.start()
      this.#maintainer.start()
      this.#meter.start()
      await this.#startCron()
      this.#connection.onReady(() => {
        this.#heartbeat.hurry()
        this.#fetcher.onChange()
      })
      const reason = await this.#fetcher.run()
      if (this.#fatal) throw this.#fatal
      if (reason !== undefined && !this.#stopping) logger.info(`Worker ${reason}, quitting`)
      return { ...this.#executor.tally.totals }
    } finally {
      clearTimeout(this.#deadline)
      await this.#close()
      release()
    }
  }

  /** Once, and only for whoever reads it. */
  async #warnOfSettings(): Promise<void> {
    const { logger } = this.#options
    if (logger === silent) return
    const unsafe = await Promise.race([unsafeSettings(this.#connection), this.#stopRequested])
    for (const warning of unsafe ?? []) logger.warn(warning)
  }

  /** A burst ends with what is there: entries that are due now belong to it, later ones do not. */
  async #startCron(): Promise<void> {
    if (!this.#options.burst) return this.#cron.start()
    await this.#cron.runOnce().catch((error: Error) => this.#options.logger.warn(`cron: ${error.message}`))
  }

  /** The first word with Redis: what is refused for good ends the worker, what is away is waited for. False when it is stopped before. */
  async #connected(): Promise<boolean> {
    const { logger } = this.#options
    const notice = setTimeout(
      () => logger.warn(`${this.#connection.trouble.message} Waiting for it.`),
      SAY_AFTER_MS,
    )
    for (;;) {
      const connecting = this.#introduce()
      connecting.catch(() => {})
      try {
        await Promise.race([connecting, this.#stopRequested])
        return this.#stopping === undefined
      } catch (error) {
        if (!this.#connection.isUnreachable(error)) throw error
        logger.warn(`${(error as Error).message} Waiting for it.`)
      } finally {
        clearTimeout(notice)
      }
    }
  }

  async #introduce(): Promise<void> {
    // Whoever finds it by its name can also tell it something.
    await this.#control.listen(this.#connection, this.#prefix, this.name)
    await this.#heartbeat.introduce()
  }

  readonly #control = new Control({
    isNamed: () => this.#heartbeat.hasName,
    shutdown: () => this.#onShutdown(),
    killHorse: () => {
      if (this.#executor.killRunning() > 0) this.#options.logger.warn('Work-horse killed on request')
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
    changed: () => {
      this.#heartbeat.hurry()
      this.#fetcher.onChange()
    },
  })

  #onShutdown(): void {
    const { logger } = this.#options
    logger.info(this.#stopping ? 'Cold shut down requested' : 'Warm shut down requested')
    void (this.#stopping ? this.stopNow() : this.stop())
  }

  #facts(): Record<string, string | number> {
    const { concurrency, isolation } = this.#options
    const { tally, held } = this.#executor
    const resting = this.#heartbeat.suspended ? 'suspended' : 'idle'
    const working = this.#quiet ? 'quiet' : held > 0 ? 'busy' : resting
    const state: WorkerState = this.#stopping ? 'stopping' : working
    return {
      host: hostname(),
      pid: process.pid,
      rss: process.memoryUsage.rss(),
      version: version(),
      node: process.version,
      birth: this.#birth,
      concurrency,
      isolation,
      state,
      ...tally.totals,
      workedMs: Math.round(tally.workedMs),
    }
  }

  #fail(error: Error): void {
    if (this.#fatal) return
    this.#fatal = error
    this.#options.logger.error(error.message)
    void this.stopNow()
  }

  /**
   * A warm stop: claims no more, lets running jobs end within the shutdown timeout, then aborts them and gives them back to the front
   * of their queues, their attempt uncounted. Resolves when the worker has ended. Calling it twice is harmless.
   */
  stop(): Promise<void> {
    this.#stopping ??= this.#stop(this.#options.shutdownMs)
    return this.#stopping
  }

  async #stop(waitMs: number): Promise<void> {
    this.#requestStop()
    this.#fetcher.stopClaiming()
    this.#deadline = setTimeout(() => this.#cutOff(), waitMs)
    await this.#executor.giveBackWaiting()
    await this.#executor.whenIdle()
    clearTimeout(this.#deadline)
    this.#fetcher.finish()
    await this.#running?.catch(() => {})
  }

  /** Running jobs are told, have the grace to end, and are given back before they are killed. */
  #cutOff(): void {
    this.#executor.abortAll('shutdown')
    this.#deadline = setTimeout(() => this.#executor.giveBackAll(), DEFAULTS.graceMs / 2)
  }

  /** A cold stop: what runs is given back and killed at once. */
  async stopNow(): Promise<void> {
    const warm = this.stop()
    clearTimeout(this.#deadline)
    this.#executor.giveBackAll()
    await warm
  }

  /** Every part ends, the store last: giving back comes before killing, and leaving after both. */
  async #close(): Promise<void> {
    this.#heartbeat.stop()
    this.#meter.stop()
    this.#doorbell.close()
    await Promise.all([this.#maintainer.stop(), this.#cron.stop()])
    const idle = this.#executor.isClean
    if (idle) await this.#executor.stop()
    else this.#executor.killAll()
    // A Redis that is away lets the lease run out by itself.
    if (!this.#connection.isReady || !this.#heartbeat.hasName) return this.#store.close()
    try {
      await this.#store.idle()
      await this.#meter.flush()
      for (const queue of this.queues) await this.#store.leave(queue, this.name)
      await this.#heartbeat.leave()
    } catch (error) {
      this.#options.logger.debug(`leaving: ${(error as Error).message}`)
    }
    await this.#store.close()
  }
}
