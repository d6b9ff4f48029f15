import {
  FunqError,
  InvalidArgumentError,
  RedisAuthError,
  RedisFullError,
  RedisUnavailableError,
} from '../core/errors.ts'

const AUTH = /^(WRONGPASS|NOAUTH|NOPERM|ERR invalid password|ERR AUTH)/
const FULL = /(^|\s)(OOM|MISCONF)\b/
/** The server is there but cannot serve now: it loads, fails over, or moves slots. Asking again helps. */
const PASSING = /^(LOADING|READONLY|MASTERDOWN|CLUSTERDOWN|TRYAGAIN|NOREPLICAS|UNBLOCKED|BUSY)\b/
const CONNECTION =
  /ECONN|EPIPE|ETIMEDOUT|ENOTFOUND|EAI_AGAIN|ENOENT|EHOSTUNREACH|Connection is closed|Command aborted|Socket closed|Stream isn't writeable|max retries|Command timed out|All sentinels|ClusterAllFailed|None of startup nodes/i

/** Whether the same call may succeed later. */
export function isPassing(error: Error): boolean {
  return PASSING.test(error.message) || isConnectionError(error)
}

export function isConnectionError(error: Error): boolean {
  return CONNECTION.test(`${(error as NodeJS.ErrnoException).code ?? ''} ${error.name} ${error.message}`)
}

export function isAuthError(error: Error): boolean {
  return AUTH.test(error.message)
}

/** What Redis or the socket said, as an error that says what to do. */
export function mapError(error: Error, label: string): Error {
  if (error instanceof FunqError) return error
  const said = `${label} said: ${error.message}`
  if (error.message.startsWith('NOPERM')) {
    return new RedisAuthError(`${said}. Expected a user that may run funq's commands; see its ACL rules.`, {
      cause: error,
    })
  }
  if (isAuthError(error)) {
    return new RedisAuthError(`${said}. Check the user and password in the connection or in REDIS_URL.`, {
      cause: error,
    })
  }
  if (FULL.test(error.message)) {
    return new RedisFullError(
      `${said}. Nothing was written; free memory or disk, or raise maxmemory, and try again.`,
      {
        cause: error,
      },
    )
  }
  if (error.message.includes('WRONGTYPE')) {
    return new InvalidArgumentError(
      `${said}. Something else wrote to a key under this prefix; choose another prefix.`,
      {
        cause: error,
      },
    )
  }
  if (isPassing(error)) return unavailable(label, error)
  return error
}

export function unavailable(
  label: string,
  cause: Error | undefined,
  waitedMs?: number,
): RedisUnavailableError {
  const why = cause ? `: ${cause.message || cause.name}` : ''
  const waited = waitedMs === undefined ? '' : ` within ${waitedMs / 1000} s`
  return new RedisUnavailableError(
    `${label} cannot be reached${waited}${why}. Is it running, and is REDIS_URL or the connection option right?`,
    { cause },
  )
}
