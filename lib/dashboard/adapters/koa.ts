import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Dashboard } from '../app.ts'
import { toNode } from './node.ts'

interface Context {
  readonly req: IncomingMessage
  readonly res: ServerResponse
  readonly path: string
  readonly originalUrl: string
  /** Set by koa-mount. */
  readonly mountPath?: string
  readonly request: { readonly body?: unknown }
  respond?: boolean
}

/** A middleware for Koa: what `toKoa` gives. */
export type KoaMiddleware = (context: any, next: () => Promise<unknown>) => Promise<unknown>

/**
 * `app.use(toKoa(dashboard(…), '/admin/rq'))`, or within koa-mount without a path.
 * @param basePath where it is mounted; other requests go on to the next middleware
 */
export function toKoa(dashboard: Dashboard, basePath?: string): KoaMiddleware {
  return async (context: Context, next) => {
    const { path, mountPath, req } = context
    if (basePath !== undefined && path !== basePath && !path.startsWith(`${basePath}/`)) return next()
    context.respond = false
    // Koa knows its status as 404 until it is told otherwise.
    context.res.statusCode = 200
    const { body } = context.request
    Object.assign(req, { originalUrl: context.originalUrl, ...(body !== undefined && { body }) })
    await toNode(dashboard, basePath ?? mountPath ?? '')(req, context.res)
  }
}
