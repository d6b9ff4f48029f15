import { isDeepStrictEqual } from 'node:util'
import { Job } from '../queue/job.ts'

/** A place at which a value is not as expected. */
export interface Difference {
  /** `args[0].to` */
  readonly path: string
  readonly expected: unknown
  readonly actual: unknown
}

interface Matcher {
  asymmetricMatch(actual: unknown): boolean
}

/**
 * Where a value differs from what is expected of it. Of plain objects only the properties are compared that are expected; a list must be as
 * long; `expect.any()` and its like decide for themselves, and a Job is known by its id.
 */
export function differences(expected: unknown, actual: unknown, path: string): Difference[] {
  if (isMatcher(expected)) return expected.asymmetricMatch(actual) ? [] : [{ path, expected, actual }]
  if (expected instanceof Job) {
    return actual instanceof Job && actual.id === expected.id ? [] : [{ path, expected, actual }]
  }
  if (Array.isArray(expected) && Array.isArray(actual) && expected.length === actual.length)
    return expected.flatMap((each, i) => differences(each, actual[i], `${path}[${i}]`))
  if (isPlain(expected) && isPlain(actual)) {
    return Object.keys(expected).flatMap((key) =>
      differences(expected[key], actual[key], path === '' ? key : `${path}.${key}`),
    )
  }
  return isDeepStrictEqual(actual, expected) ? [] : [{ path, expected, actual }]
}

/** As Jest, Vitest and those that follow them mark theirs. */
function isMatcher(value: unknown): value is Matcher {
  return typeof (value as Matcher | null | undefined)?.asymmetricMatch === 'function'
}

function isPlain(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null) return false
  const prototype = Object.getPrototypeOf(value)
  return prototype === null || prototype === Object.prototype
}
