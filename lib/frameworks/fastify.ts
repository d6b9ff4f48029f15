import type { FastifyPluginAsync } from 'fastify'
import type { Queue } from '../queue/queue.ts'
import { type AppOptions, type AppQueueOptions, AppQueues } from './app-queues.ts'

export type { AppOptions as FunqFastifyOptions, AppQueueOptions, AppWorkerOptions } from './app-queues.ts'

/** `app.rq`: the queues of an application. */
export interface Rq {
  /** A queue by its name, the same one each time; it is closed with the application. @param options of the first time that it is asked for */
  queue(name?: string, options?: AppQueueOptions): Queue
}

declare module 'fastify' {
  interface FastifyInstance {
    readonly rq: Rq
  }
}

/**
 * `await app.register(funq, { connection })` gives the application `app.rq`. When it closes, and its requests are answered, the worker
 * inside of it ends, if it has one, then the queues are closed. The dashboard is a plugin of its own: `toFastify` of `funq/dashboard`.
 * @throws InvalidArgumentError
 */
export const funq: FastifyPluginAsync<AppOptions> = async (app, options) => {
  const queues = new AppQueues(options)
  app.decorate('rq', { queue: (name, options) => queues.queue(name, options) } satisfies Rq)
  app.addHook('onReady', async () => {
    queues.startWorker(undefined, (error) => app.log.error(error, 'the worker of funq has ended'))
  })
  app.addHook('onClose', () => queues.close())
}

// What fastify-plugin does, which would be one more package: what is decorated here is there for the whole application.
Object.assign(funq, {
  [Symbol.for('skip-override')]: true,
  [Symbol.for('fastify.display-name')]: 'funq',
  [Symbol.for('plugin-meta')]: { name: 'funq', fastify: '5.x' },
})

export default funq
