import type {} from 'expect'
import type { FunqMatchers } from './matcher-types.ts'
import { matchers } from './matchers.ts'

declare module 'expect' {
  interface Matchers<R extends void | Promise<void>, T = unknown> extends FunqMatchers {}
}

declare global {
  namespace jest {
    interface Matchers<R, T> extends FunqMatchers {}
  }
}

const { expect } = globalThis as { expect?: { extend?(more: object): void } }
if (typeof expect?.extend !== 'function') {
  throw new TypeError(
    "funq/testing/jest: expected Jest's global expect, got none; import it in a file of setupFilesAfterEnv, or use expect.extend(matchers)",
  )
}
expect.extend(matchers)
