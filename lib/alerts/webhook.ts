import { createHmac } from 'node:crypto'
import { checkKnown } from '../core/did-you-mean.ts'
import { InvalidArgumentError } from '../core/errors.ts'
import { checkHeaders, checkHttpUrl } from '../core/webhook.ts'
import type { Alert } from './alert.ts'

/** Where alerts are posted to, each as the JSON that the hooks are given: `at` is a text then, as `2026-11-21T08:30:00.000Z`. */
export interface AlertWebhook {
  /** http or https. Redirects are not followed. */
  readonly url: string
  /**
   * Signs each request, of at least 16 characters: `rq-signature: t=<seconds>,v1=<hex>`, the HMAC-SHA256 of `<seconds>.<body>`, so that
   * the receiver knows from whom it came, and when. @default none
   */
  readonly secret?: string
  /** Besides `content-type: application/json`, or in its place. @default none */
  readonly headers?: Readonly<Record<string, string>>
}

/** Posts these, and what could not be posted before. Never rejects. */
export type Post = (alerts: readonly Alert[]) => Promise<void>

const NAMES = ['url', 'secret', 'headers']
const TIMEOUT_MS = 10_000
/** Alerts that could not be posted yet: of more the oldest are let go. */
const MOST_UNSENT = 1_000

/**
 * @param complain told of what is not answered by 2xx within 10 s
 * @throws InvalidArgumentError
 */
export function poster(given: AlertWebhook, complain: (error: unknown) => Promise<void>): Post {
  checkKnown(given, NAMES, 'webhook')
  const { url, secret, headers = {} } = given
  checkHttpUrl(url, 'webhook.url')
  if (secret !== undefined && (typeof secret !== 'string' || secret.length < 16)) {
    throw new InvalidArgumentError('webhook.secret: expected at least 16 characters, got fewer')
  }
  const own = checkHeaders(headers, 'webhook.headers')
  let unsent: Alert[] = []
  return async (alerts) => {
    unsent = [...unsent, ...alerts].slice(-MOST_UNSENT)
    for (let alert = unsent.shift(); alert; alert = unsent.shift()) {
      try {
        await post(url, secret, own, alert)
      } catch (error) {
        // To the end: one that is never taken does not hold up the others. These wait for the next look: a receiver that hangs is asked once.
        unsent.push(alert)
        return complain(error)
      }
    }
  }
}

async function post(
  url: string,
  secret: string | undefined,
  own: Readonly<Record<string, string>>,
  alert: Alert,
): Promise<void> {
  const body = JSON.stringify(alert)
  const headers = new Headers({ 'content-type': 'application/json', ...own })
  if (secret !== undefined) headers.set('rq-signature', signatureOf(body, secret))
  const signal = AbortSignal.timeout(TIMEOUT_MS)
  // Only its host is told: the path of a webhook is often a secret.
  const { host } = new URL(url)
  // A redirect would make it a GET without a body, or hand it to somebody else.
  const request = { method: 'POST', headers, body, signal, redirect: 'manual' } as const
  const response = await fetch(url, request).catch((error: Error) => {
    const { message } = (error.cause ?? error) as Error
    throw new Error(`expected ${host} to take an alert, got ${message}`, { cause: error })
  })
  await response.body?.cancel()
  if (!response.ok) throw new Error(`expected ${host} to answer 2xx to an alert, got ${response.status}`)
}

function signatureOf(body: string, secret: string): string {
  const seconds = Math.floor(Date.now() / 1000)
  return `t=${seconds},v1=${createHmac('sha256', secret).update(`${seconds}.${body}`).digest('hex')}`
}
