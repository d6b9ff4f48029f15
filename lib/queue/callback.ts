import { checkKnown } from '../core/did-you-mean.ts'
import { type Duration, toMs } from '../core/duration.ts'
import { InvalidArgumentError } from '../core/errors.ts'
import type { StoredCallback } from '../core/follow-ups.ts'
import { DEFAULTS } from '../core/options.ts'
import { functionName } from './call.ts'
import type { Task } from './task-types.ts'

/** A function, or its `path#export`, that is called when a job has ended; or either with how long it may take. */
export type Callback =
  | Task
  | string
  | {
      readonly func: Task | string
      /** @default 60 s */
      readonly timeout?: Duration
    }

/**
 * What is called when a job ends for good: as a job of its own, ahead of all others of the queue, when the end is recorded. What it
 * throws changes nothing for the job that ended.
 */
export interface CallbackOptions {
  /** Called with `(job: EndedJob, result)`. */
  readonly onSuccess?: Callback
  /** Called with `(job: EndedJob, error)` once no retry is left, whatever ended it: a throw, a timeout, a crash. */
  readonly onFailure?: Callback
  /** Called with `(job: EndedJob)` of a job that was stopped. */
  readonly onStopped?: Callback
}

export const CALLBACK_OPTIONS = ['onSuccess', 'onFailure', 'onStopped'] as const

type StoredCallbacks = { readonly [K in (typeof CALLBACK_OPTIONS)[number]]?: StoredCallback }

/** The callbacks by name, or undefined where there are none. @throws InvalidArgumentError, UnnamableFunctionError */
export function toStoredCallbacks(options: CallbackOptions): Promise<StoredCallbacks> | undefined {
  const given = CALLBACK_OPTIONS.filter((name) => options[name] !== undefined)
  if (given.length === 0) return undefined
  return Promise.all(given.map(async (name) => [name, await toStoredCallback(options[name]!, name)])).then(
    Object.fromEntries,
  )
}

export async function toStoredCallback(callback: Callback, what: string): Promise<StoredCallback> {
  if (typeof callback !== 'object' || callback === null) {
    if (typeof callback !== 'function' && typeof callback !== 'string') {
      throw new InvalidArgumentError(
        `${what}: expected a function, its path#export, or { func, timeout }, got ${String(callback)}`,
      )
    }
    return { func: await functionName(callback), timeoutMs: DEFAULTS.callbackTimeoutMs }
  }
  checkKnown(callback, ['func', 'timeout'], what)
  const { func, timeout } = callback
  const timeoutMs = timeout === undefined ? DEFAULTS.callbackTimeoutMs : toMs(timeout, `${what}.timeout`)
  if (timeoutMs === 0) throw new InvalidArgumentError(`${what}.timeout: expected more than 0, got 0`)
  return { ...(await toStoredCallback(func, what)), timeoutMs }
}
