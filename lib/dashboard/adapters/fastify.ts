import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Dashboard } from '../app.ts'
import { toNode } from './node.ts'

interface Instance {
  readonly prefix: string
  removeAllContentTypeParsers(): unknown
  addContentTypeParser(
    type: string,
    parser: (request: unknown, payload: unknown, done: (error: Error | null) => void) => void,
  ): unknown
  all(path: string, handler: (request: any, reply: any) => unknown): unknown
  addHook(name: 'onClose', hook: () => Promise<void>): unknown
}

/** A plugin for Fastify: what `toFastify` gives. */
export type FastifyPlugin = (instance: any, options: unknown) => Promise<void>

/** `app.register(toFastify(dashboard(…)), { prefix: '/admin/rq' })`. It is closed with the app. */
export function toFastify(dashboard: Dashboard): FastifyPlugin {
  return async (instance: Instance) => {
    const handle = toNode(dashboard, instance.prefix)
    // Bodies are read by the dashboard, whatever they are.
    instance.removeAllContentTypeParsers()
    instance.addContentTypeParser('*', (_, __, done) => done(null))
    const serve = (
      { raw }: { raw: IncomingMessage },
      reply: { hijack(): void; raw: ServerResponse },
    ): Promise<void> => {
      reply.hijack()
      return handle(raw, reply.raw)
    }
    instance.all('/', serve)
    instance.all('/*', serve)
    instance.addHook('onClose', () => dashboard.close())
  }
}
