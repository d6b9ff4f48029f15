import { Hono } from 'hono'
import type { Dashboard } from '../app.ts'

/** `app.route('/admin/rq', toHono(dashboard(…)))`. */
export function toHono(dashboard: Dashboard): Hono {
  return new Hono().all('*', (c) => {
    // The route that led here, as /admin/:tenant/rq/*: as many parts of the path are where it is mounted.
    const parts = c.req.routePath.replace(/\/\*$/, '').split('/').length
    const { pathname } = new URL(c.req.url)
    const basePath = pathname.split('/').slice(0, parts).join('/')
    const incoming = (c.env as { incoming?: { socket?: { remoteAddress?: string } } } | undefined)?.incoming
    const remoteAddress = incoming?.socket?.remoteAddress
    return dashboard.fetch(c.req.raw, { basePath, ...(remoteAddress !== undefined && { remoteAddress }) })
  })
}
