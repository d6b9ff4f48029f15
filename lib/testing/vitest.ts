import { expect } from 'vitest'
import type { FunqMatchers } from './matcher-types.ts'
import { matchers } from './matchers.ts'

declare module 'vitest' {
  interface Matchers<T = any> extends FunqMatchers {}
}

expect.extend(matchers)
