import { checkKnown } from '../core/did-you-mean.ts'
import { InvalidArgumentError } from '../core/errors.ts'
import { checkPrefix, type StoreOptions } from '../queue/open-store.ts'
import { type ConnectionSpec, toTarget } from '../redis/target.ts'
import type { Action, Authorize, Resource, User } from './security/actions.ts'
import type { Auth } from './security/auth.ts'
import type { ConnectionPlace } from './switchboard.ts'

/** Something that a user did through the dashboard. */
export interface DashboardEvent {
  readonly user: User
  readonly action: Action
  readonly resource: Resource
  /** How many jobs it was asked for. */
  readonly count: number
}

/** What `dashboard` takes: which server it shows, who may see it, and who may do what. */
export interface DashboardOptions extends StoreOptions {
  /**
   * Several servers by names, each below its own: `{ production: 'redis://…', staging: { connection: 'redis://…', prefix: 'app' } }`.
   * Instead of `connection`.
   */
  readonly connections?: Readonly<Record<string, ConnectionSpec | ConnectionPlace>>
  /**
   * How to find out who asks: a name and password, a token for scripts, a function that knows the app's sessions, or several of
   * these. Without it the dashboard answers requests of this machine only, and none at all in production.
   */
  readonly auth?: Auth | readonly Auth[]
  /**
   * What each user may do. A queue whose `queue:view` is refused is as good as not there. Asked on the server for every page and every
   * action. @default everything but `job:reveal`
   */
  readonly authorize?: Authorize
  /** Answers whoever asks: for a network that nobody else is on. @default false */
  readonly insecureNoAuth?: boolean
  /** Whether nothing can be changed. @default false */
  readonly readOnly?: boolean
  /** Whether everyone sees what redaction hides, where `authorize` does not decide it. @default false */
  readonly reveal?: boolean
  /** Keys of arguments, results and meta whose values are secrets, beside those that look like it (password, token, …). */
  readonly redactKeys?: readonly string[]
  /**
   * Host names that the dashboard is reached by, beside localhost: others are refused where it asks for no password. '*' for any.
   * @default none; with `auth` any, for the framework or the proxy in front knows
   */
  readonly hosts?: readonly string[]
  /** Origins, as `https://ops.example.com`, whose pages may send changes, beside its own. */
  readonly trustedOrigins?: readonly string[]
  /** Whether X-Forwarded-Host and X-Forwarded-For are written by a proxy of yours. @default false */
  readonly trustProxy?: boolean
  /** The path that it is mounted at, for a bare `fetch` that no adapter tells. @default '' */
  readonly basePath?: string
  /** A word in the header that tells this deployment from others, as `production`. */
  readonly environment?: string
  /**
   * Where the trace of a job is shown, by its id of 32 hex digits: `(id) => 'https://jaeger.example.com/trace/' + id`. A link that is neither
   * http nor https is left out. @default its id alone is shown
   */
  readonly traceUrl?: (traceId: string) => string
  /** How pages hear of news: server-sent events, polling where connections cannot stay open, or not at all. @default 'sse' */
  readonly live?: 'sse' | 'poll' | 'off'
  /** Told of every action, after it is in the audit log. */
  readonly onAction?: (event: DashboardEvent) => void
  /** Told of errors that nobody foresaw; their page only says that there was one. @default console.error */
  readonly onError?: (error: unknown) => void
  /** The Prometheus text that `/metrics` answers with. @default what `funq/metrics` gives */
  readonly metrics?: () => Promise<string>
  /** Whether this is production, where nothing is shown without `auth`. @default NODE_ENV is 'production' */
  readonly production?: boolean
}

const NAMES: readonly (keyof DashboardOptions)[] = [
  'connection',
  'connections',
  'prefix',
  'commandTimeout',
  'secret',
  'codec',
  'auth',
  'authorize',
  'insecureNoAuth',
  'readOnly',
  'reveal',
  'redactKeys',
  'hosts',
  'trustedOrigins',
  'trustProxy',
  'basePath',
  'environment',
  'traceUrl',
  'live',
  'onAction',
  'onError',
  'metrics',
  'production',
]

/** @throws InvalidArgumentError */
export function checkOptions(options: DashboardOptions): void {
  checkKnown(options, NAMES)
  for (const origin of options.trustedOrigins ?? []) {
    if (!URL.canParse(origin) || new URL(origin).origin !== origin) {
      throw new InvalidArgumentError(
        `trustedOrigins: expected origins such as https://ops.example.com, got ${JSON.stringify(origin)}`,
      )
    }
  }
  const { basePath = '', live = 'sse', connection, prefix } = options
  // Each page would say so: it is the first that opens the connection.
  if (connection !== undefined) toTarget(connection)
  if (prefix !== undefined) checkPrefix(prefix)
  if (basePath !== '' && !/^(\/[^/?#]+)+$/.test(basePath)) {
    throw new InvalidArgumentError(
      `basePath: expected a path such as /admin/rq, without a slash at its end, got ${JSON.stringify(basePath)}`,
    )
  }
  if (!['sse', 'poll', 'off'].includes(live)) {
    throw new InvalidArgumentError(`live: expected 'sse', 'poll' or 'off', got ${JSON.stringify(live)}`)
  }
}
