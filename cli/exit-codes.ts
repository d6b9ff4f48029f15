import {
  FunqError,
  InvalidArgumentError,
  RedisAuthError,
  RedisUnavailableError,
  UnsupportedServerError,
} from '../lib/core/errors.ts'

/** What a command's exit code means, the same for every command. */
export const EXIT = {
  done: 0,
  failed: 1,
  usage: 2,
  redis: 3,
  bug: 70,
  secondSigint: 130,
  secondSigterm: 143,
} as const

export type ExitCode = (typeof EXIT)[keyof typeof EXIT]

/** A command line, or its environment, that cannot be used. */
export class UsageError extends Error {}

/** The exit code that an error ends a command with. */
export function exitCodeOf(error: unknown): ExitCode {
  if (error instanceof UsageError || error instanceof InvalidArgumentError) return EXIT.usage
  if (error instanceof RedisAuthError || error instanceof RedisUnavailableError) return EXIT.redis
  if (error instanceof UnsupportedServerError) return EXIT.redis
  return error instanceof FunqError ? EXIT.failed : EXIT.bug
}
