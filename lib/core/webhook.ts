import { checkKnown } from './did-you-mean.ts'
import { type Duration, toMs } from './duration.ts'
import { InvalidArgumentError } from './errors.ts'

/** A request that tells another system of a job's end. It is a job of its own: tried four times, and kept when it fails. */
export interface WebhookOptions {
  /** http or https. A POST follows no redirects. */
  readonly url: string
  /** @default 'finished' */
  readonly on?: 'finished' | 'failed'
  /** POST sends JSON: `{ job_id, func_name, status, enqueued_at, ended_at, exc_info? }`. @default 'POST' */
  readonly method?: 'GET' | 'POST'
  readonly headers?: Readonly<Record<string, string>>
  /** @default 10 s */
  readonly timeout?: Duration
}

export interface StoredWebhook {
  readonly url: string
  readonly on: 'finished' | 'failed'
  readonly method: 'GET' | 'POST'
  readonly headers?: Readonly<Record<string, string>>
  readonly timeoutMs: number
}

const NAMES = ['url', 'on', 'method', 'headers', 'timeout']
const MOST = 20

export function checkWebhooks(value: unknown): readonly StoredWebhook[] {
  const list = Array.isArray(value) ? value : [value]
  if (list.length > MOST) {
    throw new InvalidArgumentError(`webhooks: expected at most ${MOST}, got ${list.length}`)
  }
  return list.map((each) => checkWebhook(typeof each === 'string' ? { url: each } : each))
}

function checkWebhook(given: WebhookOptions): StoredWebhook {
  checkKnown(given, NAMES, 'webhooks')
  const { url, on = 'finished', method = 'POST', headers, timeout = 10 } = Object(given) as WebhookOptions
  checkHttpUrl(url, 'webhooks.url')
  if (on !== 'finished' && on !== 'failed') {
    throw new InvalidArgumentError(`webhooks.on: expected 'finished' or 'failed', got ${JSON.stringify(on)}`)
  }
  if (method !== 'GET' && method !== 'POST') {
    throw new InvalidArgumentError(`webhooks.method: expected 'GET' or 'POST', got ${JSON.stringify(method)}`)
  }
  const timeoutMs = toMs(timeout, 'webhooks.timeout')
  if (timeoutMs === 0) throw new InvalidArgumentError('webhooks.timeout: expected more than 0, got 0')
  return {
    url: url.toWellFormed(),
    on,
    method,
    ...(headers && { headers: checkHeaders(headers, 'webhooks.headers') }),
    timeoutMs,
  }
}

/** @param where the option, as `webhooks.headers` @throws InvalidArgumentError */
export function checkHeaders(
  headers: Readonly<Record<string, string>>,
  where: string,
): Readonly<Record<string, string>> {
  try {
    return Object.fromEntries(new Headers(headers))
  } catch (error) {
    throw new InvalidArgumentError(`${where}: ${(error as Error).message}`, { cause: error })
  }
}

/** @param where the option, as `webhooks.url` @throws InvalidArgumentError */
export function checkHttpUrl(given: unknown, where: string): void {
  const url = typeof given === 'string' && URL.canParse(given) ? new URL(given) : undefined
  if (!url || !/^https?:$/.test(url.protocol)) {
    throw new InvalidArgumentError(`${where}: expected an http or https URL, got ${JSON.stringify(given)}`)
  }
  // fetch takes none, and would show it in its error.
  if (url.username !== '' || url.password !== '') {
    throw new InvalidArgumentError(
      `${where}: expected a URL without a user and a password, got one for ${url.host}; send them as the header authorization`,
    )
  }
}
