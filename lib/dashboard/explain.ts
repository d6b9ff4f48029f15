import {
  FunqError,
  InvalidArgumentError,
  InvalidStateError,
  JobNotFoundError,
  PayloadTooLargeError,
  RedisAuthError,
  RedisFullError,
  RedisUnavailableError,
  UnsupportedServerError,
  WorkerNotFoundError,
} from '../core/errors.ts'
import type { Catalogue } from './i18n/index.ts'
import { Refusal } from './refusals.ts'
import { redactor } from './security/redact.ts'
import type { View } from './view.ts'

type Cause = keyof Catalogue['errors']['causes']

export interface Explanation {
  readonly status: 400 | 401 | 403 | 404 | 405 | 409 | 413 | 429 | 500 | 503
  /** For programs. */
  readonly code: string
  readonly title: string
  readonly said: string
  /** Of trouble with Redis: what is likely the matter. */
  readonly cause?: string
  /** Whether asking again may help. */
  readonly isPassing: boolean
}

const CAUSES: readonly (readonly [RegExp, Cause])[] = [
  [/ECONNREFUSED|ENOENT/, 'refused'],
  [/ENOTFOUND|EAI_AGAIN/, 'dns'],
  [/LOADING/, 'loading'],
  [/READONLY|replica|MASTERDOWN|NOREPLICAS/, 'readonly'],
  [/OOM|MISCONF|maxmemory/, 'full'],
  [/ETIMEDOUT|timed out|within \d/i, 'timeout'],
]

const hide = redactor()

/** What an error is for whoever looks at a page: what went wrong, why it may have, and whether that passes. */
export function explain({ t }: Pick<View, 't'>, error: unknown): Explanation {
  const { errors } = t
  const said = hide.text(error instanceof Error ? error.message : String(error))
  if (error instanceof Refusal) {
    const titles = {
      400: errors.badRequest,
      401: errors.unauthorized,
      403: errors.forbidden,
      404: errors.notFound,
      405: errors.readOnly,
      409: errors.conflict,
      413: errors.tooLarge,
      429: errors.tooMany,
    } as const
    return {
      status: error.status,
      code: CODES[error.status],
      title: titles[error.status],
      said,
      isPassing: false,
    }
  }
  const redis = (title: string, fallback: Cause) => ({
    status: 503 as const,
    code: (error as FunqError).code,
    title,
    said,
    cause: errors.causes[causeOf(error as Error) ?? fallback],
    isPassing: true,
  })
  if (error instanceof RedisFullError) return redis(errors.redisFull, 'full')
  if (error instanceof RedisAuthError) return redis(errors.redisAuth, 'auth')
  if (error instanceof RedisUnavailableError || error instanceof UnsupportedServerError) {
    const cause = causeOf(error)
    const titles: Partial<Record<Cause, string>> = {
      loading: errors.redisLoading,
      readonly: errors.redisReadOnly,
    }
    return redis((cause && titles[cause]) ?? errors.redisDown, 'unknown')
  }
  const ofFunq = (status: 400 | 404 | 409 | 413, title: string) => ({
    status,
    code: (error as FunqError).code,
    title,
    said,
    isPassing: false,
  })
  if (error instanceof InvalidArgumentError) return ofFunq(400, errors.badRequest)
  if (error instanceof JobNotFoundError || error instanceof WorkerNotFoundError)
    return ofFunq(404, errors.notFound)
  if (error instanceof InvalidStateError) return ofFunq(409, errors.conflict)
  if (error instanceof PayloadTooLargeError) return ofFunq(413, errors.tooLarge)
  if (error instanceof FunqError) return ofFunq(409, errors.badRequest)
  // What nobody foresaw may hold anything: it is for the log.
  return { status: 500, code: 'INTERNAL', title: errors.failed, said: errors.failedDetail, isPassing: false }
}

const CODES = {
  400: 'BAD_REQUEST',
  401: 'UNAUTHORIZED',
  403: 'FORBIDDEN',
  404: 'NOT_FOUND',
  405: 'READ_ONLY',
  409: 'CONFLICT',
  413: 'TOO_LARGE',
  429: 'TOO_MANY_ATTEMPTS',
} as const

function causeOf(error: Error): Cause | undefined {
  const text = `${error.message} ${error.cause instanceof Error ? `${error.cause.message} ${(error.cause as NodeJS.ErrnoException).code}` : ''}`
  return CAUSES.find(([pattern]) => pattern.test(text))?.[1]
}
