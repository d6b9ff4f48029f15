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
 * `export const { GET, POST } = toNext(() => dashboard({ … }))` in `app/admin/rq/[[...path]]/route.ts`. Where the route is comes from the
 * request: what `path` names is ours, what is before it is where we are.
 * @param dashboard or what makes it, once, at the first request: `next build` loads route files too, often without the environment
 */
export function toNext(dashboard: Dashboard | (() => Dashboard)): NextHandlers {
  let made = typeof dashboard === 'function' ? undefined : dashboard
  const handle: Handler = async (request, context) => {
    const { path = [] } = await context.params
    const { pathname } = new URL(request.url)
    const parts = pathname.split('/').filter((part, i) => i === 0 || part !== '')
    const basePath = parts.slice(0, parts.length - path.length).join('/')
    made ??= (dashboard as () => Dashboard)()
    return made.fetch(request, { basePath })
  }
  return { GET: handle, POST: handle }
}
