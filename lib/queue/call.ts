import { InvalidArgumentError, SerializationError } from '../core/errors.ts'
import { parseFunctionName } from '../core/function-name.ts'
import { Job } from './job.ts'
import { nameOf } from './name-of.ts'
import type { EnqueueOptions } from './queue.ts'
import type { ArgsOf, ResultOf, Runnable, Task } from './task-types.ts'

/** A function with its arguments, to be enqueued with others by `enqueueMany`. */
export interface Call<R = unknown> {
  readonly func: Runnable
  readonly args: readonly unknown[]
  readonly options: EnqueueOptions
  /** @internal The function has a hook that hears of its failure. */
  readonly hearsFailure?: boolean
  /** Only a type: what awaiting the job gives. */
  readonly result?: R
}

/** The jobs of a list of calls. */
export type JobsOf<C extends readonly Call[]> = {
  -readonly [K in keyof C]: C[K] extends Call<infer R> ? Job<R> : never
}

/** One entry of `enqueueMany`: a function or `path#export`, and its arguments. */
export function call<F extends Runnable>(func: F, ...args: ArgsOf<F>): Call<ResultOf<F>> {
  return { func, args, options: {} }
}

/** As `call`, with options of its own. */
export function callWith<F extends Runnable>(
  options: EnqueueOptions,
  func: F,
  ...args: ArgsOf<F>
): Call<ResultOf<F>> {
  return { func, args, options }
}

/** What to reject with where there is no list of calls: a function that is not wrapped, as a rule. */
export function faultOf(calls: readonly Call[]): InvalidArgumentError | undefined {
  if (!Array.isArray(calls))
    return expected('calls: expected a list of calls, as in [call(fn, 1), call(fn, 2)]', calls)
  const odd = calls.findIndex((each) => typeof each?.options !== 'object')
  return odd < 0 ? undefined : expected(`calls[${odd}]: expected a call, as in call(fn, 1)`, calls[odd])
}

function expected(what: string, got: unknown): InvalidArgumentError {
  return new InvalidArgumentError(`${what}, got ${got === null ? 'null' : typeof got}`)
}

/** The name under which a worker finds a function. At once where it is known, for a promise costs as much as the rest. */
export function functionName(func: Runnable): string | Promise<string> {
  // Of an object what has a place in a file is its method; anything else that is no function nameOf refuses.
  if (typeof func === 'object' && func !== null) return nameOf('perform' in func ? func.perform : func)
  if (typeof func !== 'string') return nameOf(func as Task)
  if (!known.has(func)) {
    parseFunctionName(func)
    if (known.size < 1_000) known.add(func)
  }
  return func
}

const known = new Set<string>()

/** Takes the jobs out of an argument list: their results will stand there. */
export function takeFutures(args: readonly unknown[]): {
  args: readonly unknown[]
  futures: Map<number, Job> | undefined
} {
  let futures: Map<number, Job> | undefined
  for (const [index, arg] of args.entries()) {
    if (arg instanceof Job) {
      futures ??= new Map()
      futures.set(index, arg)
    } else if (arg instanceof Promise) {
      throw new SerializationError(
        `args[${index}] is a Promise: await it first; a Job may stand there, but not the promise of one`,
        `args[${index}]`,
      )
    }
  }
  return { args: futures ? args.map((arg, index) => (futures.has(index) ? null : arg)) : args, futures }
}
