import { describe, expect, test } from 'vitest'
import { placesOf, planOf } from '../../cli/worker-plan.ts'

const nothing = { queues: [], count: undefined, pools: undefined }

describe('[D51] --pool', () => {
  test("is delayed_job's: queues, a colon, how many; * is what no other names", () => {
    const { parts, isPool } = planOf([], { pool: ['tracking', 'mailers,tasks:2', '*:2'] }, nothing, {})
    expect(isPool).toBe(true)
    expect(parts).toEqual([
      { queues: ['tracking'], count: 1 },
      { queues: ['mailers', 'tasks'], count: 2 },
      { queues: ['*', '!tracking', '!mailers', '!tasks'], count: 2 },
    ])
    expect(placesOf({ parts, isPool })).toHaveLength(5)
  })

  test.each(['*', '', '*:1', ':1'])("alone, '%s' is all queues", (pool) => {
    expect(planOf([], { pool: [pool] }, nothing, {}).parts).toEqual([{ queues: ['*'], count: 1 }])
  })

  test("beside a pool that helps out everywhere '*' leaves out what is named alone", () => {
    const { parts } = planOf([], { pool: ['tracking,*', 'mail_*,!mail_old', '*:2'] }, nothing, {})
    expect(parts.at(-1)).toEqual({ queues: ['*', '!tracking', '!mail_*'], count: 2 })
  })

  test('stands alone', () => {
    expect(() => planOf(['low'], { pool: ['high'] }, nothing, {})).toThrow(
      'either queues or --pool, got both: low',
    )
    expect(() => planOf([], { pool: ['high:0'] }, nothing, {})).toThrow('expected a whole number from 1')
  })
})

describe('[D49] [D50] [D59] which queues, and how many workers', () => {
  test.each([
    ['named', ['high', 'low'], {}, {}, ['high', 'low'], 1],
    ['by --queue and --queues', ['high'], { queue: [['a', 'b'], ['c']] }, {}, ['high', 'a', 'b', 'c'], 1],
    ['by QUEUES', [], { count: 5 }, { QUEUES: 'critical,*' }, ['critical', '*'], 5],
    ['by QUEUE', [], {}, { QUEUE: '*' }, ['*'], 1],
    ['by nothing', [], { count: 2 }, {}, ['default'], 2],
  ] as const)('%s', (_, named, flags, env, queues, count) => {
    const plan = planOf(named, flags as object, nothing, env)
    expect(plan).toEqual({ parts: [{ queues, count }], isPool: count > 1 })
  })

  test('a config file says it where the command line does not', () => {
    const pools = [{ queues: 'mail' }, { queues: ['a', 'b'], count: 2, concurrency: 4 }]
    const settings = { queues: ['x'], count: 3, pools }
    expect(planOf([], {}, settings, {})).toEqual({
      parts: [
        { queues: ['mail'], count: 1 },
        { queues: ['a', 'b'], count: 2, concurrency: 4 },
      ],
      isPool: true,
    })
    expect(planOf(['low'], {}, settings, {}).parts).toEqual([{ queues: ['low'], count: 3 }])
    expect(planOf([], { count: 1 }, settings, {})).toEqual({
      parts: [{ queues: ['x'], count: 1 }],
      isPool: false,
    })
  })

  test('[D66] --monitor puts a parent over a single worker', () => {
    expect(planOf(['low'], { monitor: true }, nothing, {}).isPool).toBe(true)
  })
})
