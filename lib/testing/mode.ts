import { AsyncLocalStorage } from 'node:async_hooks'
import { didYouMean } from '../core/did-you-mean.ts'
import { InvalidArgumentError, TestingError } from '../core/errors.ts'
import { seam } from '../queue/stand-in.ts'
import { expectSandbox, type Mode, Sandbox } from './sandbox.ts'

interface Scope {
  readonly mode: TestingMode
  readonly sandbox: Sandbox | undefined
}

/** `off`: queues talk to Redis. */
export type TestingMode = Mode | 'off'

const MODES = ['fake', 'inline', 'off'] as const satisfies TestingMode[]
const scopes = new AsyncLocalStorage<Scope>()
let everywhere: Sandbox | undefined

/** What is in the place of Redis where this is called. */
function current(): Sandbox | undefined {
  const scope = scopes.getStore()
  return scope ? scope.sandbox : everywhere
}

/** @throws TestingError where the mode is off. @param what the helper that was called */
export function sandbox(what: string): Sandbox {
  return expectSandbox(current(), what)
}

/**
 * The mode of the whole process, also for queues that were made before. A change from `fake` to `inline` keeps the jobs.
 * @throws TestingError in production, and inside withTesting()
 */
export const testing = {
  /** Jobs are kept in memory and wait for `drain()`. */
  fake: (): void => enter('fake'),
  /** Each job runs in this process as it is enqueued, through the same steps as in a worker, without waiting for its time. */
  inline: (): void => enter('inline'),
  /** Queues talk to Redis again, and what was collected is forgotten. */
  off: (): void => enter('off'),
  /** The mode that holds where this is called. */
  get mode(): TestingMode {
    return current()?.mode ?? 'off'
  },
}

function enter(mode: TestingMode): void {
  const scope = scopes.getStore()
  if (scope) {
    throw new TestingError(
      `testing.${mode}(): expected a call outside of withTesting('${scope.mode}'), got one inside; a scope keeps its mode to its end`,
    )
  }
  if (mode === 'off') {
    everywhere?.clear()
    everywhere = undefined
    return
  }
  install(mode)
  everywhere ??= new Sandbox(mode)
  everywhere.mode = mode
}

/**
 * Runs a function, and all that it calls and starts, in a mode of its own, with jobs, cron entries and a clock that nobody else sees:
 * for tests that run side by side. Resolves with what it returns.
 * @throws TestingError inside another withTesting(), and in production
 */
export async function withTesting<T>(mode: TestingMode, fn: () => T | Promise<T>): Promise<T> {
  if (!MODES.includes(mode)) {
    throw new InvalidArgumentError(
      `withTesting: expected one of ${MODES.join(', ')}, got ${JSON.stringify(mode)}.${didYouMean(String(mode), MODES)}`,
    )
  }
  const outer = scopes.getStore()
  if (outer) {
    throw new TestingError(
      `withTesting('${mode}'): expected a call outside of any other, got one inside withTesting('${outer.mode}'); a scope keeps its mode to its end`,
    )
  }
  if (mode !== 'off') install(mode)
  const own = mode === 'off' ? undefined : new Sandbox(mode)
  try {
    return await scopes.run({ mode, sandbox: own }, fn)
  } finally {
    own?.clear()
  }
}

/** Forgets all jobs and cron entries, and lets the clock go again; the mode stays. Where the mode is off there is nothing to forget. */
export function reset(): void {
  current()?.clear()
}

function install(mode: Mode): void {
  if (process.env.NODE_ENV === 'production') {
    throw new TestingError(
      `testing.${mode}(): expected to run in a test, got NODE_ENV=production, where jobs would be lost; set NODE_ENV=test`,
    )
  }
  seam.standIn = current
}
