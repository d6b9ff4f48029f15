import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { decode, encode } from '../../lib/core/payload.ts'
import type { Assignment, Outcome, Update } from '../../lib/run/assignment.ts'
import { Runner } from '../../lib/run/runner.ts'
import { Account } from '../fixtures/horse/visits.ts'

const ROOT = fileURLToPath(new URL('../fixtures/horse/', import.meta.url))

function newRunner(onUpdate: (id: string, update: Update) => void = () => {}): Runner {
  return new Runner({ roots: [ROOT], onUpdate, onAsk: async () => ({ kind: 'lost' }) })
}

function assignment(func: string, args: unknown[] = [], rest: Partial<Assignment> = {}): Assignment {
  return {
    id: 'job1',
    queue: 'low',
    func: func.includes('#') ? func : `./visits#${func}`,
    args: encode(args, 'args'),
    attempt: 1,
    recoveries: 0,
    timeoutMs: 5_000,
    resultLimit: 1_048_576,
    worker: 'w1',
    ...rest,
  }
}

function resultOf(outcome: Outcome): unknown {
  if (outcome.kind !== 'finished') throw new Error(JSON.stringify(outcome))
  return decode(outcome.result)
}

function errorOf(outcome: Outcome): { name: string; message: string } {
  if (!('error' in outcome)) throw new Error('expected a failed outcome')
  return JSON.parse(outcome.error)
}

describe('a run that finishes', () => {
  test('gives the encoded result and how long it took', async () => {
    const outcome = await newRunner().run(assignment('add', [2, 3]))
    expect(outcome).toEqual({ kind: 'finished', result: '5', ms: expect.any(Number) })
    expect(outcome.ms).toBeGreaterThan(0)
  })

  test('may return nothing', async () => {
    expect(resultOf(await newRunner().run(assignment('nothing')))).toBeUndefined()
  })

  test('waits for what is thenable, be it a promise or not', async () => {
    expect(resultOf(await newRunner().run(assignment('thenable')))).toBe('settled')
    expect(resultOf(await newRunner().run(assignment('ids')))).toEqual(['job1', 'job1'])
  })

  test('takes parents’ results in the place of arguments', async () => {
    const futures = {
      0: { id: 'a', result: encode(40, 'result') },
      1: { id: 'b', result: encode(2, 'result') },
    }
    expect(resultOf(await newRunner().run(assignment('add', [null, null], { futures })))).toBe(42)
  })

  test('calls an instance method on its first argument, and a static one on its class', async () => {
    const greet = assignment('Account.prototype.greet', [new Account('Ada'), 'Hello'])
    expect(resultOf(await newRunner().run(greet))).toBe('Hello, Ada')
    expect(resultOf(await newRunner().run(assignment('Account.describe')))).toBe('account')
  })

  test('stays finished, without a result, where the result cannot be encoded', async () => {
    const outcome = await newRunner().run(assignment('unportable'))
    expect(resultOf(outcome)).toBeUndefined()
    expect(outcome).toMatchObject({
      resultError: expect.stringMatching(/^SerializationError: .*result\.callback/),
    })
  })

  test('[F32] stays finished, without a result, where the result is over its limit', async () => {
    const outcome = await newRunner().run(assignment('add', ['x'.repeat(20), ''], { resultLimit: 10 }))
    expect(resultOf(outcome)).toBeUndefined()
    expect(outcome).toMatchObject({
      resultError: expect.stringMatching(/^PayloadTooLargeError: .*at most 10 bytes/),
    })
  })
})

describe('a run that fails', () => {
  test('tells what the function threw, and that another attempt may help', async () => {
    const outcome = await newRunner().run(assignment('./fates#fate', ['throw']))
    expect(outcome).toMatchObject({ kind: 'failed', permanent: false, ms: expect.any(Number) })
    expect(errorOf(outcome)).toMatchObject({ name: 'TypeError', message: 'told to throw' })
  })

  test.each([
    ['no such module', { func: './missing#add' }],
    ['no such export', { func: './visits#subtract' }],
    ['a module that throws', { func: './unloadable#never' }],
    ['a malformed name', { func: 'visits' }],
    ['damaged arguments', { args: '{"a":' }],
    ['arguments that are no list', { args: '{"a":1}' }],
    ['a damaged result of a parent', { futures: { 0: { id: 'a', result: '[' } } }],
  ])('is permanent where the job itself is damaged: %s', async (_, damage: Partial<Assignment>) => {
    const outcome = await newRunner().run({ ...assignment('add', [1, 2]), ...damage })
    expect(outcome).toMatchObject({ kind: 'failed', permanent: true })
    expect(errorOf(outcome).name).toBe('InvalidJobError')
  })
})

describe('a run that is aborted', () => {
  test.each([
    ['timeout', 'JobTimeoutError', /within 5 s/],
    ['shutdown', 'ShutdownError', /shuts down/],
    ['stopped', 'JobStoppedError', /told to stop/],
    ['lease lost', 'LeaseLostError', /lost its lease/],
  ] as const)('by %s has a %s as the reason of its signal', async (cause, name, message) => {
    const runner = newRunner()
    await runner.run(assignment('nothing'))
    const outcome = runner.run(assignment('untilAborted'))
    runner.abort('job1', cause)
    const error = errorOf(await outcome)
    expect(error.name).toBe(name)
    expect(error.message).toMatch(message)
  })

  test('does not enter the function where the abort comes first, while its module loads', async () => {
    const runner = newRunner()
    const outcome = runner.run(assignment('add', [1, 2]))
    runner.abort('job1', 'stopped')
    expect(await outcome).toMatchObject({ kind: 'failed', permanent: false })
    expect(errorOf(await outcome).name).toBe('JobStoppedError')
  })

  test('has one reason: the first', async () => {
    const runner = newRunner()
    await runner.run(assignment('nothing'))
    const outcome = runner.run(assignment('untilAborted'))
    runner.abort('job1', 'timeout')
    runner.abort('job1', 'shutdown')
    expect(errorOf(await outcome).name).toBe('JobTimeoutError')
  })

  test('is no run that has ended, nor one that never was', async () => {
    const runner = newRunner()
    await runner.run(assignment('nothing'))
    runner.abort('job1', 'stopped')
    runner.abort('unknown', 'stopped')
    expect(resultOf(await runner.run(assignment('add', [1, 1])))).toBe(2)
  })
})
