import { Forbidden } from '../refusals.ts'

export interface OriginRules {
  /** Origins, as `https://ops.example.com`, whose pages may post here. */
  readonly trustedOrigins: readonly string[]
  /** Whether X-Forwarded-Host says by which name the browser knows us. */
  readonly trustProxy: boolean
}

/** What a script sends that has no browser around it. A page of another origin cannot: no preflight is answered. */
export const SCRIPT_HEADER = 'x-rq-csrf'

/**
 * Lets a request through that changes something only where no other site's page can have sent it. Browsers say so by
 * `Sec-Fetch-Site`, older ones by `Origin`.
 * @throws Forbidden
 */
export function checkOrigin(request: Request, { trustedOrigins, trustProxy }: OriginRules): void {
  if (request.method === 'GET' || request.method === 'HEAD') return
  const { headers } = request
  const origin = headers.get('origin')
  if (origin !== null && trustedOrigins.includes(origin)) return
  const site = headers.get('sec-fetch-site')
  if (site !== null) {
    if (site === 'same-origin') return
    throw refused(`it was sent by a page of another site (Sec-Fetch-Site: ${site.slice(0, 20)})`)
  }
  if (origin !== null) {
    const host = (trustProxy && headers.get('x-forwarded-host')) || headers.get('host')
    if (host !== null && hostOf(origin) === host.toLowerCase()) return
    throw refused(
      `it was sent by a page of another origin than ${host ?? 'this one'}. Behind a proxy, have it pass Host on, or set trustProxy or trustedOrigins`,
    )
  }
  if (headers.get(SCRIPT_HEADER) === '1') return
  throw refused(`it names no origin; a script sends the header ${SCRIPT_HEADER}: 1`)
}

function hostOf(origin: string): string | undefined {
  try {
    return new URL(origin).host.toLowerCase()
  } catch {
    // 'null' and what else is no URL.
    return undefined
  }
}

function refused(why: string): Forbidden {
  return new Forbidden(`the request was refused: ${why}`)
}
