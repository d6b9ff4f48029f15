import { createHmac } from 'node:crypto'
import { checkKnown } from '../core/did-you-mean.ts'
import { InvalidArgumentError } from '../core/errors.ts'
import type { Alert } from './alert.ts'

/** Where alerts are posted to, each as the JSON that the hooks are given. */
export interface AlertWebhook {
  /** http or https. */
  readonly url: string
  /**
   * Signs each request: `rq-signature: t=<seconds>,v1=<hex>`, the HMAC-SHA256 of `<seconds>.<body>`, so that the receiver knows from
   * whom it came, and when. @default none
   */
  readonly secret?: string
  readonly headers?: Readonly<Record<string, string>>
}

const NAMES = ['url', 'secret', 'headers']
const TIMEOUT_MS = 10_000

export function checkWebhook(given: AlertWebhook): AlertWebhook {
  checkKnown(given, NAMES, 'webhook')
  const { url, secret } = given
  if (typeof url !== 'string' || !URL.canParse(url) || !/^https?:$/.test(new URL(url).protocol)) {
    throw new InvalidArgumentError(`webhook.url: expected an http or https URL, got ${JSON.stringify(url)}`)
  }
  if (secret !== undefined && (typeof secret !== 'string' || secret.length < 16)) {
    throw new InvalidArgumentError('webhook.secret: expected at least 16 characters, got fewer')
  }
  return given
}

/** @throws Error where it is not answered by 2xx within 10 s */
export async function post({ url, secret, headers }: AlertWebhook, alert: Alert): Promise<void> {
  const body = JSON.stringify(alert)
  const seconds = Math.floor(Date.now() / 1000)
  const hmac = secret && createHmac('sha256', secret).update(`${seconds}.${body}`).digest('hex')
  const response = await fetch(url, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      ...headers,
      ...(hmac && { 'rq-signature': `t=${seconds},v1=${hmac}` }),
    },
    body,
    signal: AbortSignal.timeout(TIMEOUT_MS),
  })
  await response.body?.cancel()
  if (!response.ok)
    throw new Error(`expected ${new URL(url).host} to answer 2xx to an alert, got ${response.status}`)
}
