import {
  BootstrapError,
  CronNotFoundError,
  DependencyNotFoundError,
  FunqError,
  GroupNotFoundError,
  InvalidArgumentError,
  JobNotFoundError,
  RedisAuthError,
  RedisUnavailableError,
  UnsupportedServerError,
  WaitTimeoutError,
} from '../lib/core/errors.ts'

/** What a command's exit code means, the same for every command. */
export const EXIT = {
  done: 0,
  failed: 1,
  usage: 2,
  redis: 3,
  notFound: 4,
  unmet: 5,
  refused: 6,
  bug: 70,
  secondSigint: 130,
  secondSigterm: 143,
} as const

export type ExitCode = (typeof EXIT)[keyof typeof EXIT]

/** The codes that every command may end with. */
export const COMMON_EXITS = [
  [EXIT.usage, 'a flag, an argument or a configuration that cannot be used'],
  [EXIT.redis, 'Redis cannot be reached or refuses the password'],
  [EXIT.bug, 'an error that should not happen'],
] as const

/** Ends a command with a message and an exit code. `hint` says what to do. */
export class CommandError extends Error {
  readonly exitCode: ExitCode
  readonly code: string
  readonly hint: string | undefined
  constructor(exitCode: ExitCode, code: string, message: string, hint?: string) {
    super(message)
    this.exitCode = exitCode
    this.code = code
    this.hint = hint
  }
}

/** A command line, or its environment, that cannot be used. */
export class UsageError extends CommandError {
  constructor(message: string, hint?: string) {
    super(EXIT.usage, 'USAGE', message, hint)
  }
}

export class NotFoundError extends CommandError {
  constructor(message: string, hint?: string) {
    super(EXIT.notFound, 'NOT_FOUND', message, hint)
  }
}

/** The exit code that an error ends a command with. */
export function exitCodeOf(error: unknown): ExitCode {
  if (error instanceof CommandError) return error.exitCode
  if (error instanceof InvalidArgumentError || error instanceof BootstrapError) return EXIT.usage
  if (error instanceof RedisAuthError || error instanceof RedisUnavailableError) return EXIT.redis
  if (error instanceof UnsupportedServerError) return EXIT.redis
  if (error instanceof JobNotFoundError || error instanceof DependencyNotFoundError) return EXIT.notFound
  if (error instanceof CronNotFoundError || error instanceof GroupNotFoundError) return EXIT.notFound
  if (error instanceof WaitTimeoutError) return EXIT.unmet
  return error instanceof FunqError ? EXIT.failed : EXIT.bug
}
