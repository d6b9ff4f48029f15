import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Dashboard } from '../app.ts'
import { toNode } from './node.ts'

/** A middleware for Express: what `toExpress` gives. */
export type ExpressHandler = (request: any, response: any, next: (error?: unknown) => void) => void

/** `app.use('/admin/rq', toExpress(dashboard(…)))`: before or after body parsers. */
export function toExpress(dashboard: Dashboard): ExpressHandler {
  const handle = toNode(dashboard)
  return (request: IncomingMessage, response: ServerResponse, next) => {
    handle(request, response).catch(next)
  }
}
