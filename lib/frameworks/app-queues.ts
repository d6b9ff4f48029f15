import { checkKnown } from '../core/did-you-mean.ts'
import { ClosedError, InvalidArgumentError } from '../core/errors.ts'
import { getOrMake } from '../core/get-or-make.ts'
import type { StoreOptions } from '../queue/open-store.ts'
import { Queue, type QueueOptions } from '../queue/queue.ts'
import { seam } from '../queue/stand-in.ts'
import { Worker, type WorkerOptions } from '../worker/worker.ts'

/** What a queue may have of its own; where it is kept is the same for all. */
export type AppQueueOptions = Pick<QueueOptions, 'defaults' | 'durability' | 'async'>

/** A worker inside of the application. */
export interface AppWorkerOptions extends Omit<WorkerOptions, 'connection' | 'prefix' | 'secret'> {
  /** @default 'default' */
  readonly queues?: string | readonly string[]
}

/** Where the jobs are kept, as for a Queue, `prefix` included; and a worker inside of the application, if there is to be one. */
export interface AppOptions extends StoreOptions {
  /** A worker that begins and ends with the application. @default none: `npx rqworker` beside it */
  readonly worker?: AppWorkerOptions
}

const NAMES = ['connection', 'prefix', 'commandTimeout', 'secret', 'codec', 'worker']

/** @throws InvalidArgumentError */
export function checkAppOptions(options: AppOptions): void {
  if (typeof options !== 'object' || options === null)
    throw new InvalidArgumentError(`expected an object of options, got ${String(options)}`)
  checkKnown(options, NAMES)
  const { codec, worker } = options
  if (codec && worker && worker.codec === undefined) {
    throw new InvalidArgumentError(
      "worker.codec: expected the path#export of the codec, as './codec#codec', by which jobs load it, got none: they would all fail",
    )
  }
}

/**
 * The queues of an application, and the worker inside of it, which end in the order that loses nothing: the worker claims no more, its
 * jobs end and may still enqueue, the queues close, and with the last of them the connection.
 */
export class AppQueues {
  readonly #store: StoreOptions
  readonly #workerOptions: AppWorkerOptions | undefined
  readonly #queues = new Map<string, Queue>()
  #worker: Worker | undefined
  #running: Promise<unknown> | undefined
  #isClosed = false

  /** @throws InvalidArgumentError */
  constructor(options: AppOptions) {
    checkAppOptions(options)
    const { worker, ...store } = options
    this.#store = store
    this.#workerOptions = worker
  }

  /** The same one each time that it is asked for. @param options of the first time @throws ClosedError */
  queue(name = 'default', options: AppQueueOptions = {}): Queue {
    // Nobody would close it.
    if (this.#isClosed) throw new ClosedError(`queue ${name}: this application is closed`)
    return getOrMake(this.#queues, name, () => new Queue(name, { ...this.#store, ...options }))
  }

  /** @param onFailure told of what ends the worker, as a password that Redis refuses */
  startWorker(isolation: WorkerOptions['isolation'], onFailure: (error: Error) => void): void {
    if (this.#workerOptions === undefined || this.#running || this.#isClosed) return
    // In a test without Redis jobs run when the test says so.
    if (seam.standIn?.()) return
    const { queues = 'default', ...options } = this.#workerOptions
    // Of the store's options a worker has a codec by its path only, which stands among its own.
    const { connection, prefix, secret } = this.#store
    const place = {
      ...(connection !== undefined && { connection }),
      ...(prefix !== undefined && { prefix }),
      ...(secret !== undefined && { secret }),
    }
    this.#worker = new Worker(queues, { ...(isolation && { isolation }), ...options, ...place })
    this.#running = this.#worker.run().catch(onFailure)
  }

  async stopWorker(): Promise<void> {
    await this.#worker?.stop()
    await this.#running
  }

  /** Calling it twice is harmless. */
  async close(): Promise<void> {
    await this.stopWorker()
    this.#isClosed = true
    await Promise.all([...this.#queues.values()].map((queue) => queue.close()))
  }
}
