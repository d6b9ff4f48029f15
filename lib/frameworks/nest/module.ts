import {
  type BeforeApplicationShutdown,
  type DynamicModule,
  type FactoryProvider,
  Inject,
  Logger,
  Module,
  type ModuleMetadata,
  type OnApplicationBootstrap,
  type OnApplicationShutdown,
  type OnModuleInit,
} from '@nestjs/common'
import { ModuleRef } from '@nestjs/core'
import { checkKnown } from '../../core/did-you-mean.ts'
import { checkQueueName } from '../../core/names.ts'
import { isWorker } from '../../run/is-worker.ts'
import { type AppOptions, type AppQueueOptions, AppQueues, checkAppOptions } from '../app-queues.ts'
import { enterContainer } from './tasks.ts'

/** What `FunqModule.forRootAsync` takes: a factory of the options, and what is injected into it. */
export interface FunqModuleAsyncOptions
  extends Pick<ModuleMetadata, 'imports'>,
    Pick<FactoryProvider<AppOptions>, 'inject' | 'useFactory'> {}

/** A queue by its name, or with options of its own. */
export type RegisteredQueue = string | (AppQueueOptions & { readonly name: string })

const OPTIONS = 'funq:options'
const QUEUE_OPTIONS = ['name', 'defaults', 'durability', 'async']

/** What a queue is called in the container: for `overrideProvider(getQueueToken('mail'))` in a test. */
export function getQueueToken(name = 'default'): string {
  return `funq:queue:${checkQueueName(name)}`
}

/** Injects a queue that `FunqModule.registerQueue` has registered. */
export function InjectQueue(name = 'default'): ReturnType<typeof Inject> {
  return Inject(getQueueToken(name))
}

/**
 * The beginning and the end. The worker ends before the server does, so that its jobs may still enqueue, and ask the application; the
 * queues close when the last request is answered.
 */
class Lifecycle
  implements OnModuleInit, OnApplicationBootstrap, BeforeApplicationShutdown, OnApplicationShutdown
{
  readonly #container: ModuleRef
  readonly #queues: AppQueues
  #leave: () => void = () => {}

  constructor(container: ModuleRef, queues: AppQueues) {
    this.#container = container
    this.#queues = queues
  }

  onModuleInit(): void {
    this.#leave = enterContainer(this.#container)
  }

  onApplicationBootstrap(): void {
    // Where a work-horse has the application for its jobs, the worker is there already.
    if (isWorker() && !workersHere) return
    workersHere = true
    this.#queues.startWorker('none', (error) => new Logger('FunqModule').error(error))
  }

  async beforeApplicationShutdown(): Promise<void> {
    await this.#queues.stopWorker()
    this.#leave()
  }

  async onApplicationShutdown(): Promise<void> {
    await this.#queues.close()
  }
}

/** Whether this process has a worker of an application: it is then no work-horse, though jobs run in it. */
let workersHere = false

/** `imports: [FunqModule.forRoot({ connection }), FunqModule.registerQueue('mail')]`, then `@InjectQueue('mail')`. */
export class FunqModule {
  /** Once in an application. Its worker runs jobs in this process, unless `isolation` says otherwise. @throws InvalidArgumentError */
  static forRoot(options: AppOptions = {}): DynamicModule {
    checkAppOptions(options)
    return root({ provide: OPTIONS, useValue: options })
  }

  /** The same with options that the container is asked for: `{ inject: [ConfigService], useFactory: (config) => ({ … }) }`. */
  static forRootAsync({ imports, ...factory }: FunqModuleAsyncOptions): DynamicModule {
    return root({ provide: OPTIONS, ...factory }, imports)
  }

  /** In each module that injects queues. @throws InvalidArgumentError */
  static registerQueue(...queues: readonly RegisteredQueue[]): DynamicModule {
    const providers = queues.map((each) => {
      const { name, ...options } = typeof each === 'string' ? { name: each } : each
      checkKnown(typeof each === 'string' ? {} : each, QUEUE_OPTIONS)
      const useFactory = (opened: AppQueues) => opened.queue(name, options)
      return { provide: getQueueToken(name), inject: [AppQueues], useFactory }
    })
    return { module: FunqModule, providers, exports: providers.map(({ provide }) => provide) }
  }
}

function root(
  options: FactoryProvider | { provide: string; useValue: unknown },
  imports: ModuleMetadata['imports'] = [],
) {
  const open = (given: AppOptions) => new AppQueues(given)
  const begin = (container: ModuleRef, queues: AppQueues) => new Lifecycle(container, queues)
  return {
    module: FunqModule,
    global: true,
    imports,
    providers: [
      options,
      { provide: AppQueues, inject: [OPTIONS], useFactory: open },
      { provide: Lifecycle, inject: [ModuleRef, AppQueues], useFactory: begin },
    ],
    exports: [AppQueues],
  }
}

// As a call: the decorator itself would need a compiler that knows Nest's kind of them.
Module({})(FunqModule)
