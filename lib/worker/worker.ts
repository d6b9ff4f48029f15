import { hostname } from 'node:os'
import { DEFAULTS } from '../core/options.ts'
import { version } from '../core/version.ts'
import { DEFAULT_PREFIX } from '../queue/open-store.ts'
import { Connection } from '../redis/connection.ts'
import { CronStore } from '../redis/cron-store.ts'
import { Doorbell } from '../redis/doorbell.ts'
import { controlChannel } from '../redis/keys.ts'
import { RedisStore } from '../redis/store.ts'
import { toTarget } from '../redis/target.ts'
import { WorkerRegistry } from '../redis/worker-registry.ts'
import { CronTicker } from './cron-ticker.ts'
import { Executor } from './executor.ts'
import { Fetcher } from './fetcher.ts'
import { Heartbeat } from './heartbeat.ts'
import { Maintainer } from './maintainer.ts'
import { Narrator } from './narrator.ts'
import { type CheckedWorkerOptions, checkWorkerOptions, type WorkerOptions } from './options.ts'

export type { WorkerOptions }

/** What a worker has done, by the time its `run` resolves. */
export interface WorkerTotals {
  /** Runs that succeeded, those that a repetition follows included. */
  readonly finished: number
  readonly failed: number
  /** Runs that another attempt follows, after a failure or as the job asked. */
  readonly retried: number
  readonly stopped: number
}

/** A Redis that is not there after this long is told of. */
const SAY_AFTER_MS = 1_000

/** Runs the jobs of its queues, the first queue's first. */
export class Worker {
  readonly name: string
  readonly queues: readonly string[]
  readonly #options: CheckedWorkerOptions
  readonly #connection: Connection
  readonly #store: RedisStore
  readonly #registry: WorkerRegistry
  readonly #doorbell: Doorbell
  readonly #executor: Executor
  readonly #fetcher: Fetcher
  readonly #heartbeat: Heartbeat
  readonly #maintainer: Maintainer
  readonly #cron: CronTicker
  readonly #prefix: string
  readonly #birth = Date.now()
  #running: Promise<WorkerTotals> | undefined
  #stopping: Promise<void> | undefined
  #deadline: NodeJS.Timeout | undefined
  #fatal: Error | undefined
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
    this.#store = new RedisStore(this.#connection, this.#prefix)
    this.#registry = new WorkerRegistry(this.#connection, this.#prefix)
    this.#doorbell = new Doorbell(this.#connection, this.#prefix, this.queues)
    this.#executor = new Executor({
      worker: name,
      store: this.#store,
      narrator: new Narrator(logger, logDescriptions),
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
      registry: this.#registry,
      executor: this.#executor,
      facts: () => this.#facts(),
      log: logger,
    })
    this.#maintainer = new Maintainer(this.#store, this.queues, logger)
    this.#cron = new CronTicker(this.#store, new CronStore(this.#connection, this.#prefix), logger)
    this.#fetcher = new Fetcher({
      worker: name,
      queues: this.queues,
      store: this.#store,
      executor: this.#executor,
      doorbell: this.#doorbell,
      heartbeat: this.#heartbeat,
      burst,
      log: logger,
    })
  }

  /**
   * Works until `stop`, or in burst mode until the queues are empty; resolves with what it has done. A Redis that is away is waited for.
   * @throws RedisAuthError when Redis refuses the password; UnsupportedServerError
   */
  run(): Promise<WorkerTotals> {
    this.#running ??= this.#run()
    return this.#running
  }

  async #run(): Promise<WorkerTotals> {
    const { logger } = this.#options
    const release = this.#connection.hold()
    try {
      logger.info(`RQ worker started, version ${version()}`)
      if (!(await this.#connected())) return { ...this.#executor.totals }
      logger.info(`*** Listening on ${this.queues.join(', ')}...`)
      this.#executor.start()
      this.#heartbeat.start()
      this.#maintainer.start()
      await this.#startCron()
      this.#connection.onReady(() => {
        this.#heartbeat.hurry()
        this.#fetcher.onChange()
      })
      await this.#fetcher.run()
      if (this.#fatal) throw this.#fatal
      if (this.#options.burst && !this.#stopping) logger.info('Worker done, quitting')
      return { ...this.#executor.totals }
    } finally {
      clearTimeout(this.#deadline)
      await this.#close()
      release()
    }
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
    const channel = controlChannel(this.#prefix, this.name)
    await this.#connection.subscribe(channel, (message) => this.#onControl(message))
    await this.#heartbeat.beat()
  }

  /** `stop <id>@<queue>`, from job.stop(). */
  #onControl(message: string): void {
    const [, id] = /^stop ([^@]+)@/.exec(message) ?? []
    if (id !== undefined) this.#executor.abort(id, 'stopped')
  }

  #facts(): Record<string, string | number> {
    const { concurrency, isolation } = this.#options
    const { finished, failed } = this.#executor.totals
    const busy = this.#executor.held
    const state = this.#stopping ? 'stopping' : busy > 0 ? 'busy' : 'idle'
    return {
      host: hostname(),
      pid: process.pid,
      version: version(),
      node: process.version,
      birth: this.#birth,
      concurrency,
      isolation,
      state,
      busy,
      finished,
      failed,
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
    this.#doorbell.close()
    await Promise.all([this.#maintainer.stop(), this.#cron.stop()])
    const idle = this.#executor.isClean
    if (idle) await this.#executor.stop()
    else this.#executor.killAll()
    // A Redis that is away lets the lease run out by itself.
    if (!this.#connection.isReady) return this.#store.close()
    try {
      await this.#store.idle()
      for (const queue of this.queues) await this.#store.leave(queue, this.name)
      await this.#registry.forget(this.name)
    } catch (error) {
      this.#options.logger.debug(`leaving: ${(error as Error).message}`)
    }
    await this.#store.close()
  }
}
