import { createHash, timingSafeEqual } from 'node:crypto'
import { InvalidArgumentError } from '../../core/errors.ts'
import { TooManyAttempts, Unauthorized } from '../refusals.ts'
import type { User } from './actions.ts'
import { Throttle } from './throttle.ts'

/** A name and its password, asked for by the browser. */
export interface BasicAuth {
  readonly user: string
  readonly password: string
}

/** A token that scripts send as `Authorization: Bearer …`. `user` is its name in the audit log. */
export interface BearerAuth {
  readonly token: string
  /** @default 'token' */
  readonly user?: string
}

/** Finds out who asks, by the app's own session for instance. Nothing for nobody; a Response, such as a redirect to a login page, is sent as it is. */
export type Identify = (
  request: Request,
) => User | string | Response | null | undefined | Promise<User | string | Response | null | undefined>

/** One way in which the dashboard finds out who asks. */
export type Auth = BasicAuth | BearerAuth | Identify

export type Identified = { readonly user: User; readonly byBearer: boolean } | { readonly response: Response }

const CHALLENGE = 'Basic realm="rq dashboard", charset="UTF-8"'

/** Who asks, by any of the ways given. */
export class Authenticator {
  readonly #ways: readonly Auth[]
  readonly #throttle: Throttle

  constructor(ways: readonly Auth[], throttle = new Throttle()) {
    for (const way of ways) checkAuth(way)
    this.#ways = ways
    this.#throttle = throttle
  }

  /**
   * @param address whose failures are counted together
   * @throws Unauthorized, TooManyAttempts
   */
  async identify(request: Request, address: string): Promise<Identified> {
    const given = request.headers.get('authorization')
    const isChecked = given !== null && this.#ways.some((way) => typeof way !== 'function')
    if (isChecked) {
      const wait = this.#throttle.waitFor(address)
      if (wait > 0) throw new TooManyAttempts(Math.ceil(wait / 1000))
      const found = byHeader(given, this.#ways)
      if (found !== undefined) {
        this.#throttle.succeeded(address)
        return found
      }
    }
    for (const way of this.#ways) {
      if (typeof way !== 'function') continue
      const found = await way(request)
      if (found instanceof Response) return { response: found }
      if (found) return { user: typeof found === 'string' ? { name: found } : found, byBearer: false }
    }
    if (isChecked) this.#throttle.failed(address)
    const asksBrowser = this.#ways.some((way) => 'password' in way)
    throw new Unauthorized('sign in to see this dashboard', asksBrowser ? CHALLENGE : 'Bearer')
  }
}

function byHeader(header: string, ways: readonly Auth[]): Identified | undefined {
  const [, scheme = '', credentials = ''] = /^(\w+) +(\S+) *$/.exec(header) ?? []
  let found: Identified | undefined
  // All are compared, found or not: the time tells nothing.
  for (const way of ways) {
    if (typeof way === 'function') continue
    if ('token' in way) {
      if (scheme.toLowerCase() === 'bearer' && isSame(credentials, way.token)) {
        found ??= { user: { name: way.user ?? 'token' }, byBearer: true }
      }
    } else if (scheme.toLowerCase() === 'basic') {
      const text = Buffer.from(credentials, 'base64').toString('utf8')
      if (isSame(text, `${way.user}:${way.password}`)) found ??= { user: { name: way.user }, byBearer: false }
    }
  }
  return found
}

/** In a time that tells neither where they differ nor how long they are. */
function isSame(given: string, expected: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest()
  return timingSafeEqual(digest(given), digest(expected))
}

function checkAuth(way: Auth): void {
  if (typeof way === 'function') return
  if ('token' in way) {
    if (typeof way.token === 'string' && way.token.length >= 16) return
    throw new InvalidArgumentError(
      'auth.token: expected at least 16 characters; `openssl rand -hex 32` makes one',
    )
  }
  const { user, password } = way ?? {}
  if (typeof user !== 'string' || user === '' || user.includes(':')) {
    throw new InvalidArgumentError(`auth.user: expected a name without ':', got ${JSON.stringify(user)}`)
  }
  if (typeof password !== 'string' || password.length < 8) {
    throw new InvalidArgumentError('auth.password: expected at least 8 characters')
  }
}
