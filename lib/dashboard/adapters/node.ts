import type { IncomingMessage, ServerResponse } from 'node:http'
import { getRequestListener } from '@hono/node-server'
import type { Dashboard } from '../app.ts'

/** A listener for a server of `node:http`: what `toNode` gives. */
export type NodeHandler = (incoming: IncomingMessage, outgoing: ServerResponse) => Promise<void>

/** What frameworks add to a request: the path before they cut it, what they cut off, and a body that they have read. */
interface Mounted extends IncomingMessage {
  readonly originalUrl?: string
  readonly baseUrl?: string
  readonly body?: unknown
}

/**
 * A handler for `node:http`, and for whatever hands on its requests.
 * @param basePath where it is mounted, as `/admin/rq`, where the request does not tell
 */
export function toNode(dashboard: Dashboard, basePath?: string): NodeHandler {
  return getRequestListener(
    (request, env) => {
      const incoming = env.incoming as Mounted
      const mountedAt = basePath ?? incoming.baseUrl
      return dashboard.fetch(restored(request, incoming), {
        ...(mountedAt !== undefined && { basePath: mountedAt }),
        ...(incoming.socket.remoteAddress !== undefined && { remoteAddress: incoming.socket.remoteAddress }),
      })
    },
    // Requests of others in this process are none of ours.
    { overrideGlobalObjects: false },
  )
}

/** The request as the browser sent it: a framework may have cut its path, and read its body before it came to us. */
function restored(request: Request, { originalUrl, body }: Mounted): Request {
  const url = originalUrl === undefined ? request.url : new URL(originalUrl, request.url).href
  const isRead = body !== undefined && request.method !== 'GET' && request.method !== 'HEAD'
  if (url === request.url && !isRead) return request
  const { method, headers, signal } = request
  if (!isRead) {
    const hasBody = method !== 'GET' && method !== 'HEAD'
    return new Request(url, {
      method,
      headers,
      signal,
      ...(hasBody && { body: request.body, duplex: 'half' }),
    } as RequestInit)
  }
  const type = headers.get('content-type') ?? ''
  const fresh = new Headers(headers)
  fresh.delete('content-length')
  const text = Buffer.isBuffer(body) || typeof body === 'string' ? String(body) : again(body, type)
  return new Request(url, { method, headers: fresh, signal, body: text })
}

/** A body that was parsed, as the text that it was. */
function again(body: unknown, type: string): string {
  if (!type.startsWith('application/x-www-form-urlencoded')) return JSON.stringify(body ?? {})
  const form = new URLSearchParams()
  for (const [name, value] of Object.entries(body ?? {})) {
    for (const each of Array.isArray(value) ? value : [value]) form.append(name, String(each))
  }
  return form.toString()
}
