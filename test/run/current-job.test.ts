import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { decode } from '../../lib/core/payload.ts'
import type { Assignment, Outcome, Update } from '../../lib/run/assignment.ts'
import { currentJob } from '../../lib/run/current-job.ts'
import { Runner } from '../../lib/run/runner.ts'

const ROOT = fileURLToPath(new URL('../fixtures/horse/', import.meta.url))
const updates: [string, Update][] = []
const runner = new Runner({
  roots: [ROOT],
  onUpdate: (id, update) => updates.push([id, update]),
  onAsk: async () => ({ kind: 'lost' }),
})

function run(
  id: string,
  name: string,
  args: unknown[] = [],
  rest: Partial<Assignment> = {},
): Promise<Outcome> {
  updates.length = 0
  return runner.run({
    id,
    queue: 'low',
    func: `./visits#${name}`,
    args: JSON.stringify(args),
    attempt: 2,
    recoveries: 1,
    timeoutMs: null,
    resultLimit: 1_048_576,
    worker: 'w1',
    ...rest,
  })
}

test('outside a job there is no current job', () => {
  expect(currentJob()).toBeUndefined()
})

test('inside a job it tells the facts of the job and of this run', async () => {
  const outcome = await run('a', 'facts', [], { meta: '{"user":7}' })
  expect(decode((outcome as { result: string }).result)).toEqual({
    id: 'a',
    queue: 'low',
    func: './visits#facts',
    attempt: 2,
    recoveries: 1,
    worker: 'w1',
    meta: { user: 7 },
  })
})

test('each of several jobs at once sees itself, after waiting too', async () => {
  const outcomes = await Promise.all(['a', 'b', 'c'].map((id) => run(id, 'ids')))
  expect(outcomes).toMatchObject(['a', 'b', 'c'].map((id) => ({ result: `["${id}","${id}"]` })))
})

test('progress, log lines and meta are sent at once, in order', async () => {
  await run('a', 'report', [], { meta: '{"user":7}' })
  expect(updates).toEqual([
    ['a', { kind: 'progress', value: '{"done":1}' }],
    ['a', { kind: 'log', value: '1 of two { three: 3 }' }],
    ['a', { kind: 'meta', value: '{"user":7,"seen":true}' }],
  ])
})

test.each([
  ['cycle', 'SerializationError'],
  ['nothing', 'SerializationError'],
  ['large', 'PayloadTooLargeError'],
])('progress that cannot be kept (%s) is a %s in the job', async (kind, name) => {
  const outcome = await run('a', 'progressOf', [kind])
  expect(outcome).toMatchObject({ kind: 'failed', permanent: false })
  expect(JSON.parse((outcome as { error: string }).error)).toMatchObject({ name })
  expect(updates).toEqual([])
})

test('what an ended job left behind no longer speaks for it', async () => {
  await run('a', 'leave')
  expect(await run('b', 'speakForTheEnded')).toMatchObject({ kind: 'finished' })
  expect(updates).toEqual([])
})

test('a job that first looks at its signal after the abort finds it aborted', async () => {
  expect(await run('a', 'abortedLater')).toMatchObject({ result: '"not aborted"' })
  const outcome = run('b', 'abortedLater')
  runner.abort('b', 'shutdown')
  expect(await outcome).toMatchObject({ result: '"ShutdownError"' })
})

test('a listener of the abort is the job’s', async () => {
  const outcome = run('b', 'inListener')
  await expect.poll(() => updates).toHaveLength(1)
  runner.abort('b', 'timeout')
  expect(await outcome).toMatchObject({ result: '"b"' })
})
