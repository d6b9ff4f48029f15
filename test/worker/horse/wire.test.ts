import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Assignment } from '../../../lib/run/assignment.ts'
import type { Order, Report } from '../../../lib/worker/horse/protocol.ts'
import { packOrder, packReport, unpackOrder, unpackReport } from '../../../lib/worker/horse/wire.ts'

const JOB: Assignment = {
  id: 'a',
  queue: 'q',
  func: './t#f',
  args: '[]',
  attempt: 1,
  recoveries: 0,
  timeoutMs: 180_000,
  resultLimit: 1_000,
  worker: 'w',
}

function ordersOf(packed: string): Order[] {
  expect(packed.endsWith('\n')).toBe(true)
  return packed.slice(0, -1).split('\n').map(unpackOrder)
}

test('every job crosses the pipe as it was, damaged ones too', () => {
  const text = fc.string({ unit: 'binary' })
  const assignment = fc.record(
    {
      args: text,
      func: text,
      meta: text.filter((meta) => meta !== ''),
      attempt: fc.nat(),
      maxAttempts: fc.integer({ min: 1, max: 9 }),
      timeoutMs: fc.constantFrom(null, 1_000),
      recoveries: fc.nat(),
      snoozes: fc.integer({ min: 1, max: 9 }),
    },
    { requiredKeys: ['args'] },
  )
  fc.assert(
    fc.property(fc.array(assignment, { minLength: 1, maxLength: 10 }), (list) => {
      const jobs = list.map((changes, i): [number, Assignment] => [i, { ...JOB, ...changes }])
      expect(
        ordersOf(packOrder({ kind: 'run', jobs })).flatMap((order) =>
          order.kind === 'run' ? order.jobs : [],
        ),
      ).toEqual(jobs)
    }),
  )
})

test('no limit of time, futures, and other orders cross it', () => {
  const endless: Assignment = { ...JOB, timeoutMs: null, futures: { 0: { id: 'a', result: '5' } } }
  const orders: Order[] = [
    { kind: 'run', jobs: [[7, endless]] },
    { kind: 'run', jobs: [[8, { ...JOB, timeoutMs: null }]] },
    { kind: 'abort', id: 'a', cause: 'stopped' },
    { kind: 'answer', number: 3, answer: { kind: 'kept', values: { 'a step': '"two\\nlines"' } } },
    { kind: 'stop' },
  ]
  for (const order of orders) expect(ordersOf(packOrder(order))).toEqual([order])
})

test('every report crosses it', () => {
  const reports: Report[] = [
    { kind: 'ready' },
    { kind: 'outcome', ticket: 3, outcome: { kind: 'finished', ms: 0.25, result: '' } },
    { kind: 'outcome', ticket: -3, outcome: { kind: 'finished', ms: 12, result: '{"a":"\\t\\n"}' } },
    {
      kind: 'outcome',
      ticket: 3,
      outcome: { kind: 'finished', ms: 1, result: '', resultError: 'two\nlines' },
    },
    { kind: 'outcome', ticket: 3, outcome: { kind: 'failed', error: '{}', permanent: false, ms: 1 } },
    { kind: 'update', id: 'a', update: { kind: 'log', value: 'two\nlines' } },
    { kind: 'ask', number: 3, id: 'a', ask: { kind: 'keep', name: 'two\nlines', payload: '' } },
  ]
  for (const report of reports) expect(unpackReport(packReport(report).slice(0, -1))).toEqual(report)
})
