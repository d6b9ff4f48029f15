import { Hono } from 'hono'
import { ClosedError } from '../core/errors.ts'
import { openStore } from '../queue/open-store.ts'
import type { RedisStore } from '../redis/store.ts'
import { Operations } from './actions/operations.ts'
import { API_GETS, API_POSTS, apiAnswer, apiError } from './api/index.ts'
import { ASSETS } from './assets.gen.ts'
import { type Data, data } from './bindings.ts'
import type { Context } from './context.ts'
import { explain } from './explain.ts'
import { SharedReads } from './live/shared-reads.ts'
import { LiveSource } from './live/source.ts'
import { checkOptions, type DashboardOptions } from './options.ts'
import { pageBefore } from './page-before.ts'
import { closedPage, errorPage } from './pages/error.tsx'
import { NotFound, ReadOnly, Refusal } from './refusals.ts'
import { render } from './render.tsx'
import { GETS, POSTS, type Route } from './routes.ts'
import { Access } from './security/access.ts'
import type { Authorize, User } from './security/actions.ts'
import { Authenticator } from './security/auth.ts'
import { checkOrigin } from './security/csrf.ts'
import { secure } from './security/headers.ts'
import { checkHost, isLocal } from './security/host.ts'
import { redactor } from './security/redact.ts'
import { Visibility } from './security/visibility.ts'
import { type Siblings, switchboard } from './switchboard.ts'
import { href, SECTIONS, type Section } from './view.ts'
import { type Place, viewOf } from './view-of.ts'

/** What an adapter knows of a request beyond what it says. */
export interface RequestContext {
  /** Where the dashboard is mounted, as the browser sees it. @default the option `basePath` */
  readonly basePath?: string
  /** Of the other end of the connection; failed sign-ins are counted by it. */
  readonly remoteAddress?: string
}

/** A dashboard to be mounted in a server, by `fetch` or by one of the adapters: what `dashboard` gives. */
export interface Dashboard {
  /** Answers one request: a Web-standard handler. It never throws. */
  fetch(request: Request, context?: RequestContext): Promise<Response>
  /**
   * Ends live connections, lets the bulk actions under way finish their part, and lets go of Redis. Whoever asks from then on is told that
   * it is closed, and to come by a new connection: one that is kept alive would hold up a server that drains.
   */
  close(): Promise<void>
}

interface Bindings {
  readonly place: Place
  readonly remoteAddress: string
  readonly isApi: boolean
}

const NOBODY: User = { name: 'anonymous' }

/**
 * The dashboard as a request handler: mount it by an adapter, or call its `fetch`. See docs/dashboard.md.
 * @throws InvalidArgumentError
 */
export function dashboard(options: DashboardOptions = {}): Dashboard {
  if (options.connections === undefined) return new App(options, data)
  checkOptions(options)
  return switchboard(options, (own, siblings) => new App(own, data, siblings))
}

/** The same over other data than Redis's: for tests of the pages alone. */
export function dashboardOver(data: Data, options: DashboardOptions): Dashboard {
  return new App(options, data)
}

class App implements Dashboard {
  readonly #options: DashboardOptions
  readonly #data: Data
  readonly #siblings: Siblings | undefined
  readonly #hono = new Hono<{ Bindings: Bindings }>({
    getPath: (_, { env } = {}) => env?.place.path ?? '/',
  })
  readonly #authenticator: Authenticator | undefined
  readonly #authorize: Authorize
  readonly #isProduction: boolean
  readonly #reads = new SharedReads()
  readonly #operations = new Operations()
  readonly #hide
  readonly #live = new LiveSource()
  #isClosed = false
  #open: { store: RedisStore; release: () => Promise<void> } | undefined

  constructor(options: DashboardOptions, data: Data, siblings?: Siblings) {
    checkOptions(options)
    this.#siblings = siblings
    this.#data = data
    this.#options = options
    const { auth = [], authorize, reveal = false, production } = options
    const ways = Array.isArray(auth) ? auth : [auth]
    this.#authenticator = ways.length > 0 ? new Authenticator(ways) : undefined
    this.#authorize = authorize ?? ((_, action) => action !== 'job:reveal' || reveal)
    this.#isProduction = production ?? process.env.NODE_ENV === 'production'
    this.#hide = redactor(options.redactKeys)
    this.#route()
  }

  /** Opened by the first request: an app that mounts a dashboard need not wait for Redis. */
  get #store(): RedisStore {
    if (this.#open === undefined) {
      // Nobody would let go of it any more.
      if (this.#isClosed) throw new ClosedError('this dashboard is closed')
      const { connection, prefix, commandTimeout, secret, codec } = this.#options
      this.#open = openStore({
        ...(connection !== undefined && { connection }),
        ...(prefix !== undefined && { prefix }),
        // A page that waits for Redis for long is as good as none.
        commandTimeout: commandTimeout ?? '4s',
        ...(secret !== undefined && { secret }),
        ...(codec !== undefined && { codec }),
      })
    }
    return this.#open.store
  }

  async close(): Promise<void> {
    this.#isClosed = true
    this.#live.close()
    await this.#operations.close()
    const open = this.#open
    this.#open = undefined
    await open?.release()
  }

  async fetch(request: Request, context: RequestContext = {}): Promise<Response> {
    const basePath = context.basePath ?? this.#options.basePath ?? ''
    const url = new URL(request.url)
    if (this.#isClosed) return secure(ended())
    const found = placeOf(url, basePath)
    if (found === undefined) return secure(new Response('Not found', { status: 404 }))
    const place = { ...found, ...(this.#siblings && { siblings: this.#siblings }) }
    const env: Bindings = {
      place,
      remoteAddress: this.#addressOf(request, context),
      isApi: place.path.startsWith('/api/') || place.path === '/live.json',
    }
    try {
      return secure(await this.#hono.fetch(request, env))
    } catch (error) {
      return secure(await this.#failed(request, env, error))
    }
  }

  #addressOf(request: Request, { remoteAddress = '' }: RequestContext): string {
    // The last one was written by our own proxy; those before it by anyone.
    const forwarded =
      this.#options.trustProxy && request.headers.get('x-forwarded-for')?.split(',').at(-1)?.trim()
    return forwarded || remoteAddress
  }

  #route(): void {
    const app = this.#hono
    app.get('/healthz', (h) => h.json({ status: 'ok' }))
    app.get('/readyz', async (h) => {
      try {
        await this.#store.connection.attempt((client) => client.ping())
        return h.json({ status: 'ok' })
      } catch {
        return h.json({ status: 'redis is unavailable' }, 503)
      }
    })
    app.use('*', async (h, next) => {
      checkHost(h.req.raw, this.#hosts)
      await next()
    })
    app.get('/assets/:name', (h) => asset(h.req.param('name')))
    for (const [path, route] of Object.entries(GETS))
      app.get(path, (h) => this.#page(h.req.raw, h.env, h.req.param(), route))
    for (const [path, route] of Object.entries(POSTS))
      app.post(path, (h) => this.#page(h.req.raw, h.env, h.req.param(), route))
    for (const [path, route] of Object.entries(API_GETS)) {
      app.get(path, (h) =>
        this.#page(h.req.raw, h.env, h.req.param(), async (c) => apiAnswer(await route(c))),
      )
    }
    for (const [path, route] of Object.entries(API_POSTS)) {
      app.post(path, (h) =>
        this.#page(h.req.raw, h.env, h.req.param(), async (c) => apiAnswer(await route(c))),
      )
    }
    app.get('/live', (h) => this.#page(h.req.raw, h.env, {}, async (c) => this.#live.stream(c)))
    app.get('/live.json', (h) => this.#page(h.req.raw, h.env, {}, (c) => this.#live.json(c)))
    app.get('/metrics', (h) => this.#page(h.req.raw, h.env, {}, (c) => this.#metrics(c)))
    app.all('*', (h) => this.#page(h.req.raw, h.env, {}, nothingHere))
    app.onError((error, h) => this.#failed(h.req.raw, h.env, error))
  }

  /** With a password anybody may know the name; without one it is what keeps other sites out. */
  get #hosts(): readonly string[] {
    return this.#options.hosts ?? (this.#authenticator || this.#options.insecureNoAuth ? ['*'] : [])
  }

  async #metrics(c: Context): Promise<Response> {
    await c.access.need('system:view')
    if (!c.visibility.isAll) throw new NotFound('metrics are told only to those who may see all queues')
    const { metrics } = this.#options
    const { type, text } = metrics
      ? { type: 'text/plain; version=0.0.4; charset=utf-8', text: await metrics() }
      : await (await import('../metrics/scrape.ts')).scrape(this.#store)
    return new Response(text, { headers: { 'content-type': type } })
  }

  async #page(
    request: Request,
    env: Bindings,
    params: Record<string, string>,
    route: Route,
  ): Promise<Response> {
    const user = await this.#identify(request, env)
    if (user instanceof Response) return user
    const isReadOnly = this.#options.readOnly === true
    // What a browser likes is no change of anybody's jobs.
    if (isReadOnly && isChange(request) && env.place.path !== '/preferences') throw new ReadOnly()
    const access = new Access(user, this.#authorize, isReadOnly)
    await access.need('dashboard:view')
    const c = await this.#contextOf(request, env, params, access)
    const answer = await route(c)
    return answer instanceof Response ? answer : render(c.v, answer)
  }

  async #identify(request: Request, { remoteAddress }: Bindings): Promise<User | Response> {
    if (this.#authenticator === undefined) {
      const isOpen = this.#options.insecureNoAuth || (!this.#isProduction && isLocal(request, this.#hosts))
      if (!isOpen) throw new Closed()
      checkOrigin(request, this.#originRules)
      return NOBODY
    }
    const found = await this.#authenticator.identify(request, remoteAddress)
    if ('response' in found) return found.response
    // No browser sends a token by itself.
    if (!found.byBearer) checkOrigin(request, this.#originRules)
    return found.user
  }

  get #originRules() {
    const { trustedOrigins = [], trustProxy = false } = this.#options
    return { trustedOrigins, trustProxy }
  }

  async #contextOf(
    request: Request,
    { place, isApi }: Bindings,
    params: Record<string, string>,
    access: Access,
  ): Promise<Context> {
    const store = this.#store
    const may = await access.allowed(['system:view', 'audit:view'])
    const sections = new Set<Section>(
      SECTIONS.filter(
        (each) =>
          (each !== 'system' || may.has('system:view')) && (each !== 'audit' || may.has('audit:view')),
      ),
    )
    const { user } = access
    const v = viewOf(request, place, this.#options, user === NOBODY ? null : user.name, sections)
    return {
      request,
      params,
      store,
      data: this.#data,
      reads: this.#reads,
      operations: this.#operations,
      options: this.#options,
      access,
      visibility: await this.#visibilityOf(access, store),
      v,
      hide: this.#hide,
      actor: { who: user.name, via: isApi ? 'api' : 'dashboard' },
    }
  }

  async #visibilityOf(access: Access, store: RedisStore): Promise<Visibility> {
    if (this.#options.authorize === undefined) return new Visibility()
    const names = await this.#reads.get('names', () => store.queues())
    const visible = await access.visible(names)
    return visible.length === names.length ? new Visibility() : new Visibility(visible)
  }

  async #failed(request: Request, env: Bindings, error: unknown): Promise<Response> {
    // What was under way when it was closed is no fault of anybody's.
    if (this.#isClosed && error instanceof ClosedError) return ended()
    const sections = new Set<Section>(error instanceof Refusal && isBeforeEntry(error) ? [] : SECTIONS)
    const v = viewOf(request, env.place, { ...this.#options, live: 'off' }, null, sections)
    const explanation = explain(v, error)
    if (explanation.status === 500) (this.#options.onError ?? console.error)(error)
    const server = this.#open?.store.connection.label ?? ''
    const back = isChange(request) ? pageBefore(request, href(v, './')) : null
    const answer = env.isApi
      ? apiError(explanation)
      : await render(v, error instanceof Closed ? closedPage(v) : errorPage(v, explanation, server, back))
    if (error instanceof Refusal)
      for (const [name, value] of Object.entries(error.headers)) answer.headers.set(name, value)
    return answer
  }
}

/** Where a request leads to within the dashboard. Undefined where that is elsewhere. */
function placeOf({ pathname, searchParams: query }: URL, basePath: string): Place | undefined {
  if (pathname.startsWith(`${basePath}/`)) return { path: pathname.slice(basePath.length), query }
  // Links are relative to the last slash, which is not ours: a redirect to have one would run in circles where a framework cuts it off.
  const last = basePath.slice(basePath.lastIndexOf('/') + 1)
  return pathname === basePath ? { path: '/', query, root: `./${last}/` } : undefined
}

/** Nobody can be told from anybody, and this is no place for that. */
class Closed extends Refusal {
  readonly status = 403
  constructor() {
    super('this dashboard is closed: give it the option auth, or insecureNoAuth')
  }
}

/** Whoever gets it may not even know what there is. */
function isBeforeEntry({ status }: Refusal): boolean {
  return status === 401 || status === 403 || status === 429
}

function isChange({ method }: Request): boolean {
  return method !== 'GET' && method !== 'HEAD'
}

function ended(): Response {
  const headers = { connection: 'close', 'retry-after': '5' }
  return new Response('This dashboard is closed: its server is about to end.', { status: 503, headers })
}

async function nothingHere({ v }: Context): Promise<never> {
  throw new NotFound(v.t.errors.notFoundDetail)
}

function asset(name: string): Response {
  const found = Object.values(ASSETS).find((each) => each.name === name)
  if (found === undefined) throw new NotFound(`no file ${name}`)
  return new Response(found.text, {
    headers: { 'content-type': found.type, 'cache-control': 'public, max-age=31536000, immutable' },
  })
}
