import { expect, test } from 'vitest'
import { InvalidArgumentError } from '../../lib/index.ts'
import { toTarget } from '../../lib/redis/target.ts'

test.each([
  [
    'redis+cluster://a:1,b',
    [
      { host: 'a', port: 1 },
      { host: 'b', port: 6379 },
    ],
    {},
  ],
  [
    'rediss+cluster://me:p%40ss@[::1]:7000',
    [{ host: '::1', port: 7000 }],
    { username: 'me', password: 'p@ss', tls: {} },
  ],
  ['redis+cluster://:s@cret@a:1/0', [{ host: 'a', port: 1 }], { password: 's@cret' }],
])('%s names nodes of a cluster', (url, cluster, options) => {
  expect(toTarget(url)).toMatchObject({ cluster, options, key: url })
})

test('options name nodes too, and the rest of them hold for each', () => {
  const target = toTarget({ cluster: ['a:1', { host: 'b', port: 2 }], password: 'x' })
  expect(target.cluster).toEqual([
    { host: 'a', port: 1 },
    { host: 'b', port: 2 },
  ])
  expect(target.options).toEqual({ password: 'x' })
})

test('a URL names sentinels, their master and a database', () => {
  const { options, label } = toTarget('redis+sentinel://:pw@a,b:2/mine/3')
  expect(options).toEqual({
    password: 'pw',
    sentinels: [
      { host: 'a', port: 26379 },
      { host: 'b', port: 2 },
    ],
    name: 'mine',
    db: 3,
  })
  expect(label).toBe('redis mine through sentinels')
})

test('rediss+sentinel is TLS to the servers and to the sentinels', () => {
  expect(toTarget('rediss+sentinel://a/mine').options).toMatchObject({ tls: {}, sentinelTLS: {} })
  expect(toTarget('redis+sentinel://a/mine').options).not.toHaveProperty('sentinelTLS')
})

test.each([
  ['redis+cluster://a:1/2', 'it has only 0'],
  ['redis+cluster://a:x', 'expected servers such as 10.0.0.1:6379, got "a:x"'],
  ['redis+sentinel://a:1', 'the name of the master'],
  ['redis+ring://u:secret@a', '***@a'],
])('%s is refused', (url, message) => {
  expect(() => toTarget(url)).toThrow(InvalidArgumentError)
  expect(() => toTarget(url)).toThrow(message)
  expect(() => toTarget({ cluster: [] })).toThrow(
    "expected some of the nodes, such as ['10.0.0.1:6379'], got []",
  )
})
