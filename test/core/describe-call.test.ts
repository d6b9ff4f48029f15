import { expect, test } from 'vitest'
import { describeCall, showValue } from '../../lib/core/describe-call.ts'
import { encode } from '../../lib/core/payload.ts'

test('a value is shown in one line, a list of more than six too', () => {
  expect(showValue([1, 2, 3, 4, 5, 6, 7, 8])).toBe('[ 1, 2, 3, 4, 5, 6, 7, 8 ]')
  expect(showValue({ rows: [[1, 2], 'a\nb'] })).toBe("{ rows: [ [ 1, 2 ], 'a\\nb' ] }")
})

test('so is a call with its arguments', () => {
  const args = encode([[1, 2, 3, 4, 5, 6, 7], 'x'], 'args')
  expect(describeCall('./src/tasks#sum', args)).toBe("tasks.sum([ 1, 2, 3, 4, 5, 6, 7 ], 'x')")
})
