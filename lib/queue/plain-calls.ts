import { type CheckedOptions, DEFAULTS } from '../core/options.ts'
import { jsonBound } from '../core/plain.ts'
import type { NewJob } from '../core/store.ts'
import { type Call, functionName } from './call.ts'
import { toNewJob } from './new-job.ts'

/**
 * The names of the functions of calls that are all so plain that nothing can be wrong with any of them once this has looked at them: no
 * options, and arguments that JSON brings back. The first of them may then go out before the last is encoded.
 * @returns nothing where one is not: its caller looks at each call, and tells what is wrong
 */
export function namesOfPlain(calls: readonly Call[]): readonly string[] | undefined {
  const names: string[] = []
  for (const { func, args, options, hearsFailure } of calls) {
    for (const _ in options) return undefined
    if (hearsFailure || !Array.isArray(args) || jsonBound(args) > DEFAULTS.payloadLimit) return undefined
    const name = functionName(func)
    if (typeof name !== 'string') return undefined
    names.push(name)
  }
  return names
}

/** Makes the jobs of plain calls, one whenever it is asked for the next, and adds them to `jobs`. */
export function* toPlainJobs(
  calls: readonly Call[],
  names: readonly string[],
  defaults: CheckedOptions,
  jobs: NewJob[],
): Generator<NewJob> {
  for (let i = 0; i < calls.length; i++) {
    const job = toNewJob(names[i]!, JSON.stringify(calls[i]!.args), defaults)
    jobs.push(job)
    yield job
  }
}
