import {
  FunqError,
  InvalidArgumentError,
  RedisAuthError,
  RedisFullError,
  RedisUnavailableError,
  UnsupportedServerError,
} from '../core/errors.ts'

const AUTH = /^(WRONGPASS|NOAUTH|NOPERM|ERR invalid password|ERR AUTH)/
/** The last two are said by a script that was let in, of a command or key that was not. */
const PERMISSION = /^NOPERM|ACL failure in script|can't run this command|can't access at least one/
const NO_REDIS = /Unknown RESP|Protocol error/i
const NO_SUCH_DATABASE = /DB index is out of range|invalid DB index/
const FULL = /(^|\s)(OOM|MISCONF)\b/
/** The server is there but cannot serve now: it loads, fails over, or moves slots. Asking again helps. */
const PASSING =
  /^(LOADING|READONLY|MASTERDOWN|CLUSTERDOWN|TRYAGAIN|NOREPLICAS|UNBLOCKED|BUSY|MOVED|ASK|Too many Cluster redirections)\b/
const CONNECTION =
  /ECONN|EPIPE|ETIMEDOUT|ENOTFOUND|EAI_AGAIN|ENOENT|EHOSTUNREACH|Connection is closed|Command aborted|Socket closed|Stream isn't writeable|max retries|Command timed out|Socket timeout|All sentinels|ClusterAllFailed|None of startup nodes/i

/** Whether the same call may succeed later. */
export function isPassing(error: Error): boolean {
  // Why a transaction was refused is said of its commands.
  const { previousErrors = [] } = error as { previousErrors?: readonly Error[] }
  return [error, ...previousErrors].some(({ message }) => PASSING.test(message)) || isConnectionError(error)
}

export function isConnectionError(error: Error): boolean {
  return CONNECTION.test(`${(error as NodeJS.ErrnoException).code ?? ''} ${error.name} ${error.message}`)
}

/** What the server says to a new connection that will not be served, however often it comes. */
export function isRefusal(error: Error): boolean {
  return [AUTH, NO_REDIS, NO_SUCH_DATABASE].some((refusal) => refusal.test(error.message))
}

/** What Redis or the socket said, as an error that says what to do. */
export function mapError(error: Error, label: string): Error {
  if (error instanceof FunqError) return error
  const said = `${label} said: ${withoutStop(error.message)}`
  const options = { cause: withoutCommand(error) }
  if (PERMISSION.test(error.message)) {
    return new RedisAuthError(
      `${said}. Expected a user that may run funq's commands; see its ACL rules.`,
      options,
    )
  }
  if (AUTH.test(error.message)) {
    return new RedisAuthError(
      `${said}. Check the user and password in the connection or in REDIS_URL.`,
      options,
    )
  }
  if (NO_REDIS.test(error.message)) {
    return new UnsupportedServerError(
      `${label} does not answer as Redis does: ${error.message.split('. ')[0]}. Is that its port?`,
      options,
    )
  }
  if (NO_SUCH_DATABASE.test(error.message)) {
    return new InvalidArgumentError(
      `${said}. Choose a database that the server has; it has 16 by default.`,
      options,
    )
  }
  if (FULL.test(error.message)) {
    return new RedisFullError(
      `${said}. Nothing was written; free memory or disk, or raise maxmemory, and try again.`,
      options,
    )
  }
  if (error.message.includes('WRONGTYPE')) {
    return new InvalidArgumentError(
      `${said}. Something else wrote to a key under this prefix; choose another prefix.`,
      options,
    )
  }
  if (isPassing(error)) return unavailable(label, error)
  return withoutCommand(error)
}

export function unavailable(
  label: string,
  cause: Error | undefined,
  waitedMs?: number,
): RedisUnavailableError {
  const options = { cause: cause && withoutCommand(cause) }
  const said = cause && withoutStop(cause.message || (cause as NodeJS.ErrnoException).code || cause.name)
  if (said !== undefined && PASSING.test(said)) {
    const tried = waitedMs === undefined ? '' : ` for ${waitedMs / 1000} s`
    return new RedisUnavailableError(
      `${label} is there but cannot serve${tried}: ${said}. Wait until it can, or connect to the server that can.`,
      options,
    )
  }
  const waited = waitedMs === undefined ? '' : ` within ${waitedMs / 1000} s`
  return new RedisUnavailableError(
    `${label} cannot be reached${waited}${said === undefined ? '' : `: ${said}`}. Is it running, and is REDIS_URL or the connection option right?`,
    options,
  )
}

/** Some of what Redis says ends with a full stop, and a sentence of ours goes on. */
function withoutStop(message: string): string {
  return message.replace(/\.$/, '')
}

/** ioredis hangs the command on its errors: a password, or all that was to be enqueued, would be printed with them. */
function withoutCommand(error: Error): Error {
  if (!('command' in error)) return error
  const bare = new Error(error.message)
  bare.name = error.name
  if (error.stack !== undefined) bare.stack = error.stack
  return bare
}
