import { expect, test } from 'vitest'
import { readRecord } from '../../lib/core/record.ts'

const read = (hash: Record<string, string>) => readRecord('a', 'q', { fn: './t#f', args: '[]', ...hash })

test('the end of a run tells when it began, and whose it was', () => {
  expect(read({ st: 'finished 1000 30 host with spaces.1' })).toMatchObject({
    endedAt: 1000,
    startedAt: 970,
    worker: 'host with spaces.1',
    attempt: 1,
  })
})

test('it counts before what the beginning noted, which a recovery may have left behind', () => {
  const end = { st: 'failed 1000 30 new', on: '500', w: 'old', n: '2' }
  expect(read(end)).toMatchObject({ startedAt: 970, worker: 'new', attempt: 2 })
})

test('an end that no worker made is a time alone', () => {
  expect(read({ st: 'canceled', end: '1000' })).toMatchObject({
    endedAt: 1000,
    startedAt: undefined,
    worker: undefined,
    attempt: 0,
  })
})

test('the function stands behind the time of creation', () => {
  expect(read({ fn: '1000 ./with space#f' })).toMatchObject({ createdAt: 1000, func: './with space#f' })
  expect(read({ fn: './with space#f' })).toMatchObject({ createdAt: 0, func: './with space#f' })
})

test.each(['', ' x', ' 1 2', ' 1 x w', ' 99999999999999999999 1 w'])(
  'a damaged one is as good as absent: %j',
  (end) => {
    const { endedAt, startedAt, worker } = read({ st: `finished${end}` })
    expect([endedAt, startedAt, worker]).toEqual([undefined, undefined, undefined])
  },
)
