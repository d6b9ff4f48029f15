import { InvalidArgumentError } from '../core/errors.ts'
import type { ConnectionSpec } from '../redis/target.ts'
import type { Dashboard, RequestContext } from './app.ts'
import type { DashboardOptions } from './options.ts'
import { secure } from './security/headers.ts'

/** The places of one dashboard over several servers, and which of them this is. */
export interface Siblings {
  readonly names: readonly string[]
  readonly own: string
}

/** Where one of several places is. */
export interface ConnectionPlace {
  readonly connection: ConnectionSpec
  /** @default that of the other options */
  readonly prefix?: string
}

const NAME = /^[\w.-]{1,40}$/

/** One dashboard a place, below its name: `/staging/queues`. Nothing of one is known to another. @throws InvalidArgumentError */
export function switchboard(
  { connections = {}, ...options }: DashboardOptions,
  make: (options: DashboardOptions, siblings: Siblings) => Dashboard,
): Dashboard {
  const names = Object.keys(connections)
  const wrong = names.find((name) => !NAME.test(name) || /^\.+$/.test(name))
  if (wrong !== undefined || names.length === 0) {
    const came = wrong === undefined ? 'none' : JSON.stringify(wrong)
    throw new InvalidArgumentError(
      `connections: expected names of up to 40 letters, digits, '_', '-' or '.', got ${came}`,
    )
  }
  if (options.connection !== undefined)
    throw new InvalidArgumentError('expected either connection or connections, got both')
  const all = new Map(
    Object.entries(connections).map(([own, place]) => {
      const { connection, ...more } = isPlace(place) ? place : { connection: place }
      return [own, make({ ...options, ...more, connection }, { names, own })]
    }),
  )
  return {
    async fetch(request, context: RequestContext = {}) {
      const basePath = context.basePath ?? options.basePath ?? ''
      const { pathname } = new URL(request.url)
      // Relative to the last slash, for a framework or a proxy may have cut off what stands before it.
      if (pathname === basePath) return secure(to(`./${basePath.split('/').at(-1)}/${names[0]}/`))
      if (pathname === `${basePath}/`) return secure(to(`./${names[0]}/`))
      const [, name = ''] = pathname.slice(basePath.length).split('/')
      if (name === 'healthz') return all.get(names[0]!)!.fetch(request, context)
      if (name === 'readyz') return readiness(request, context, [...all.values()])
      const found = pathname.startsWith(`${basePath}/`) ? all.get(name) : undefined
      return (
        found?.fetch(request, { ...context, basePath: `${basePath}/${name}` }) ??
        secure(new Response('Not found', { status: 404 }))
      )
    },
    async close() {
      await Promise.all([...all.values()].map((each) => each.close()))
    },
  }
}

function isPlace(place: ConnectionSpec | ConnectionPlace): place is ConnectionPlace {
  return Object.getPrototypeOf(place) === Object.prototype && 'connection' in (place as object)
}

function to(location: string): Response {
  return new Response(null, { status: 302, headers: { location } })
}

/** Ready once each is. */
async function readiness(
  request: Request,
  context: RequestContext,
  all: readonly Dashboard[],
): Promise<Response> {
  const answers = await Promise.all(all.map((each) => each.fetch(request, context)))
  return answers.find(({ ok }) => !ok) ?? answers[0]!
}
