import { expect, test } from 'vitest'
import { didYouMean, nearest, unknownOption } from '../../lib/core/did-you-mean.ts'
import { InvalidArgumentError } from '../../lib/core/errors.ts'

const KNOWN = ['timeout', 'resultTtl', 'ttl', 'retry', 'dependsOn']

test.each([
  ['timout', 'timeout'],
  ['tiemout', 'timeout'],
  ['Timeout', 'timeout'],
  ['dependson', 'dependsOn'],
  ['result_ttl', 'resultTtl'],
  ['retries', 'retry'],
  ['colour', undefined],
  ['', undefined],
])('nearest to %s is %s', (given, known) => {
  expect(nearest(given, KNOWN)).toBe(known)
})

test('a suggestion ends a message, and none leaves it alone', () => {
  expect(`No such option.${didYouMean('timout', KNOWN)}`).toBe("No such option. Did you mean 'timeout'?")
  expect(didYouMean('colour', KNOWN)).toBe('')
})

test('an unknown option is an error with the nearest and all known ones', () => {
  const error = unknownOption('timout', KNOWN)
  expect(error).toBeInstanceOf(InvalidArgumentError)
  expect(error.message).toBe(
    "unknown option 'timout'. Did you mean 'timeout'? Known options: timeout, resultTtl, ttl, retry, dependsOn.",
  )
})
