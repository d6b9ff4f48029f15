import { SerializationError } from '../core/errors.ts'
import { parseFunctionName } from '../core/function-name.ts'
import { Job } from './job.ts'
import { nameOf } from './name-of.ts'
import type { EnqueueOptions } from './queue.ts'
import type { ArgsOf, ResultOf, Task } from './task-types.ts'

/** A function with its arguments, to be enqueued with others by `enqueueMany`. */
export interface Call<R = unknown> {
  readonly func: Task | string
  readonly args: readonly unknown[]
  readonly options: EnqueueOptions
  /** Only a type: what awaiting the job gives. */
  readonly result?: R
}

/** The jobs of a list of calls. */
export type JobsOf<C extends readonly Call[]> = {
  -readonly [K in keyof C]: C[K] extends Call<infer R> ? Job<R> : never
}

/** One entry of `enqueueMany`: a function or `path#export`, and its arguments. */
export function call<F extends Task | string>(func: F, ...args: ArgsOf<F>): Call<ResultOf<F>> {
  return { func, args, options: {} }
}

/** As `call`, with options of its own. */
export function callWith<F extends Task | string>(
  options: EnqueueOptions,
  func: F,
  ...args: ArgsOf<F>
): Call<ResultOf<F>> {
  return { func, args, options }
}

/** The name under which a worker finds a function. At once where it is known, for a promise costs as much as the rest. */
export function functionName(func: Task | string): string | Promise<string> {
  if (typeof func !== 'string') return nameOf(func)
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
