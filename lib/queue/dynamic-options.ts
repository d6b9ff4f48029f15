import { checkOptions, type JobOptions } from '../core/options.ts'
import type { EnqueueOptions } from './queue-options.ts'

/** Options of which those of the job itself may be functions of its arguments, asked at each enqueue. */
export type Dynamic<O> = {
  readonly [K in keyof O]: K extends keyof JobOptions ? O[K] | ((...args: any[]) => O[K]) : O[K]
}

/** @param self what functions among the options have as their `this` */
export type AskOptions = (args: readonly unknown[], self?: unknown) => EnqueueOptions

/** Those of an enqueue: what is a function is asked for its value, the rest is checked now. @throws InvalidArgumentError */
export function toOptions(given: Dynamic<EnqueueOptions>): AskOptions {
  const { dependsOn, transaction, onSuccess, onFailure, onStopped, group, ...jobOptions } = given
  const entries = Object.entries(jobOptions)
  const asked = entries.flatMap(([name, value]) =>
    typeof value === 'function' ? [[name, value as (...args: any[]) => unknown] as const] : [],
  )
  checkOptions(Object.fromEntries(entries.filter(([, value]) => typeof value !== 'function')))
  const fixed = given as EnqueueOptions
  if (asked.length === 0) return () => fixed
  return (args, self) => ({
    ...fixed,
    ...Object.fromEntries(asked.map(([name, value]) => [name, value.apply(self, [...args])])),
  })
}
