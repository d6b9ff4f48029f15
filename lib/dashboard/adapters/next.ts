import type { Dashboard } from '../app.ts'

type Handler = (
  request: Request,
  context: { readonly params: Promise<{ readonly path?: string[] }> | { readonly path?: string[] } },
) => Promise<Response>

/** What a route file exports. */
export interface NextHandlers {
  readonly GET: Handler
  readonly POST: Handler
}

/**
 * `export const { GET, POST } = toNext(dashboard({ live: 'poll', … }))` in `app/admin/rq/[[...path]]/route.ts`. Where the route is comes
 * from the request: what `path` names is ours, what is before it is where we are.
 */
export function toNext(dashboard: Dashboard): NextHandlers {
  const handle: Handler = async (request, context) => {
    const { path = [] } = await context.params
    const { pathname } = new URL(request.url)
    const parts = pathname.split('/').filter((part, i) => i === 0 || part !== '')
    const basePath = parts.slice(0, parts.length - path.length).join('/')
    return dashboard.fetch(request, { basePath })
  }
  return { GET: handle, POST: handle }
}
