import { describe, expect, test } from 'vitest'
import type { Found } from './collect.ts'
import { Book, type Sent } from './sent.ts'
import { type Evidence, verify } from './verify.ts'

/** One job that finished with 2, as it should, and what is to be wrong about it. */
function evidence(
  wrong: {
    sent?: Partial<Sent>
    found?: Partial<Found> | null
    begun?: number
    counted?: Record<string, string>
    horseKills?: Evidence['horseKills']
    strikes?: Evidence['strikes']
    lives?: Evidence['lives']
  } = {},
): Evidence {
  const sent: Sent = {
    id: 'j',
    queue: 'q',
    kind: 'plain',
    expected: { status: 'finished', value: 2 },
    mayCancel: false,
    ...wrong.sent,
  }
  const found: Found = {
    id: 'j',
    queue: 'q',
    status: 'finished',
    value: 2,
    error: undefined,
    reason: undefined,
    worker: 'host.7.x',
    startedAt: new Date(10_000),
    endedAt: new Date(20_000),
    left: [],
    ...wrong.found,
  }
  const book = new Book()
  book.sent.set('j@q', sent)
  const begun = wrong.begun ?? 1
  return {
    book,
    jobs: new Map(wrong.found === null ? [] : [['j@q', found]]),
    begun: new Map(begun > 0 ? [['j@q', begun]] : []),
    told: new Map(),
    groups: new Map(),
    horseKills: wrong.horseKills ?? [],
    strikes: wrong.strikes ?? [],
    lives: wrong.lives ?? [],
    counted: new Map([['q', wrong.counted ?? { [found.status]: wrong.found === null ? '0' : '1' }]]),
  }
}

describe('the verdict on a chaos run', () => {
  test('is clean when the job ended once, as it should', () => {
    expect(verify(evidence())).toEqual([])
    expect(verify(evidence({ begun: 3 }))).toEqual([])
  })

  const died = {
    status: 'failed' as const,
    error: Object.assign(new Error('x'), { name: 'WorkHorseDiedError' }),
  }

  test('takes the death of a work-horse as the reason of a failure where one of that worker was killed during the run', () => {
    expect(verify(evidence({ found: died, horseKills: [{ workerPid: 7, at: 15_000 }] }))).toEqual([])
  })

  test.each([
    ['no horse was killed', []],
    ['that of another worker was killed', [{ workerPid: 8, at: 15_000 }]],
    ['one was killed longer before the run than a call may take', [{ workerPid: 7, at: -1_000 }]],
    ['one was killed after the run', [{ workerPid: 7, at: 25_000 }]],
  ])('does not where %s', (_, horseKills) => {
    expect(verify(evidence({ found: died, horseKills })).join()).toContain('failed with WorkHorseDiedError')
  })

  /** Three runs of twenty seconds, each by a worker of its own behind the link of that worker's number. */
  const left = [7, 8, 9].map((pid, i) => ({
    worker: `host.${pid}.x`,
    startedAt: new Date(100_000 * (i + 1)),
    endedAt: new Date(100_000 * (i + 1) + 20_000),
  }))
  const abandoned = (runs = left) => ({
    status: 'failed' as const,
    error: Object.assign(new Error('x'), { name: 'AbandonedJobError' }),
    left: runs,
  })
  const ended = (pid: number, endedAt: number) => ({ pid, url: `link ${pid}`, endedAt })
  const lives = [ended(7, 105_000), ended(8, 900_000), ended(9, 305_000)]

  test('takes the ends of workers, and what cut them off, as the reason of a job that they left', () => {
    for (const strike of [{ pid: 8 }, { url: 'link 8' }, {}]) {
      const strikes = [{ from: 205_000, to: 208_000, ...strike }]
      expect(verify(evidence({ found: abandoned(), lives, strikes }))).toEqual([])
    }
  })

  test.each([
    ['one of them was neither', { lives }],
    ['that struck another worker', { lives, strikes: [{ from: 205_000, to: 208_000, pid: 7 }] }],
    ['that struck another link', { lives, strikes: [{ from: 205_000, to: 208_000, url: 'link 7' }] }],
    ['it was over long before', { lives, strikes: [{ from: 180_000, to: 185_000 }] }],
    ['it came later', { lives, strikes: [{ from: 225_000, to: 230_000 }] }],
    ['there were two', { found: abandoned(left.slice(1)), strikes: [{ from: 0, to: 1_000_000 }] }],
  ])('does not where %s', (_, wrong) => {
    expect(verify(evidence({ found: abandoned(), ...wrong })).join()).toContain('were not struck so often')
  })

  test.each([
    ['a lost job', { found: null }, 'is lost'],
    ['a job that is not over', { found: { status: 'started' } }, 'is started at the end'],
    ['a wrong value', { found: { value: 3 } }, 'returned 3, expected 2'],
    ['an end without a run', { begun: 0 }, 'never ran'],
    [
      'a failure that nothing explains',
      { found: { status: 'failed', error: new Error('x') } },
      'failed with Error: x',
    ],
    ['a cancellation that nobody asked for', { found: { status: 'canceled' } }, 'was canceled'],
    ['a second outcome', { counted: { finished: '2' } }, "2 outcomes 'finished' were recorded, of 1 jobs"],
    ['another outcome beside it', { counted: { finished: '1', failed: '1' } }, "1 outcomes 'failed'"],
    [
      'an outcome that was heard otherwise',
      { sent: { outcome: { status: 'failed', value: 'E' } } },
      'was awaited as failed',
    ],
    ['a callback that is missing', { sent: { tells: true } }, 'has 0 callbacks'],
  ] as const)('names %s', (_, wrong, words) => {
    expect(verify(evidence(wrong)).join('\n')).toContain(words)
  })
})
