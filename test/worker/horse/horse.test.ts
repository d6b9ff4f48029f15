import { afterEach, describe, expect, test } from 'vitest'
import type { HorseOptions, Isolation } from '../../../lib/worker/horse/horse.ts'
import { assignment, Rider } from '../../fixtures/horse/rider.ts'

const riders: Rider[] = []

afterEach(async () => {
  for (const rider of riders.splice(0)) {
    rider.horse.kill()
    await rider.exit
  }
})

describe.each<Isolation>(['process', 'thread', 'none'])('a horse of kind %s', (isolation) => {
  const ride = (options?: Partial<HorseOptions>) => {
    const rider = new Rider(isolation, options)
    riders.push(rider)
    return rider
  }

  test('runs what it is sent in order and tells each outcome', async () => {
    const rider = ride()
    rider.send('ok', 'async')
    rider.send('throw', 'ok2')
    await rider.outcome('ok2')
    expect(rider.answered).toEqual(['ok', 'async', 'throw', 'ok2'])
    expect(await rider.outcome('async')).toMatchObject({ kind: 'finished', result: '"done later"' })
    const failed = await rider.outcome('throw')
    expect(failed).toMatchObject({ kind: 'failed', permanent: false })
    expect(JSON.parse((failed as { error: string }).error)).toMatchObject({
      name: 'TypeError',
      message: 'told to throw',
    })
  })

  test('runs as many jobs at once as it has slots', async () => {
    const rider = ride({ slots: 3 })
    const jobs = ['a', 'b', 'c'].map((id) => assignment(`${isolation}-${id}`, [3], { func: './fates#meet' }))
    rider.horse.send(jobs)
    for (const { id } of jobs) expect(await rider.outcome(id)).toMatchObject({ kind: 'finished' })
  })

  test('tells an update before the outcome of its job', async () => {
    const rider = ride()
    rider.send('ok')
    await rider.outcome('ok')
    expect(rider.updates).toEqual([{ kind: 'progress', value: '"begun"' }])
  })

  test('fails a job whose module throws while loading, for good, and goes on', async () => {
    const rider = ride()
    rider.horse.send([assignment('broken', [], { func: './unloadable#never' })])
    rider.send('ok')
    expect(await rider.outcome('broken')).toMatchObject({ kind: 'failed', permanent: true, stuck: true })
    expect(await rider.outcome('ok')).toMatchObject({ kind: 'finished' })
  })

  test('aborts the signal of a running job with the reason', async () => {
    const rider = ride()
    rider.send('untilAborted')
    await rider.begun('untilAborted')
    rider.horse.abort('untilAborted', 'stopped')
    expect(await rider.outcome('untilAborted')).toMatchObject({ result: '"JobStoppedError"' })
  })

  test('gives back jobs that have not begun, and those only', async () => {
    const rider = ride()
    rider.send('ok', 'untilAborted', 'ok2', 'ok3')
    await rider.begun('untilAborted')
    expect(await rider.horse.withdraw(['ok', 'untilAborted', 'ok2', 'unknown'])).toEqual(['ok2'])
    rider.horse.abort('untilAborted', 'shutdown')
    await rider.outcome('ok3')
    expect(rider.answered).toEqual(['ok', 'untilAborted', 'ok3'])
  })

  test('runs a job that it gave back before, when it is sent again', async () => {
    const rider = ride()
    rider.send('untilAborted', 'ok')
    await rider.begun('untilAborted')
    expect(await rider.horse.withdraw(['ok'])).toEqual(['ok'])
    rider.send('ok')
    rider.horse.abort('untilAborted', 'stopped')
    await rider.outcome('ok')
    expect(rider.answered).toEqual(['untilAborted', 'ok'])
  })

  test('refuses more jobs than it can hold, and takes none of them', async () => {
    const rider = ride()
    const tooMany = Array.from({ length: 4097 }, (_, n) => assignment(`job${n}`, ['ok']))
    expect(() => rider.horse.send(tooMany)).toThrow('expected at most 4096 jobs in a work-horse, got 4097')
    rider.send('ok')
    await rider.outcome('ok')
    expect(rider.answered).toEqual(['ok'])
  })

  test('ends gently when it is idle, and takes no jobs from then on', async () => {
    const rider = ride()
    rider.send('ok')
    await rider.outcome('ok')
    await rider.horse.stop()
    expect(await rider.exit).toMatchObject({ signal: null, culprit: null, jobs: [], ready: true })
    expect(() => rider.send('ok')).toThrow('start another')
    expect(await rider.horse.withdraw(['ok'])).toEqual([])
  })

  test('names what it had not answered, in the order sent, when it is killed', async () => {
    const rider = ride()
    rider.send('ok', 'hang', 'ok2', 'ok3')
    await rider.begun('hang')
    rider.horse.kill()
    expect(await rider.exit).toMatchObject({ culprit: null, jobs: ['hang', 'ok2', 'ok3'], ready: true })
    expect(rider.answered).toEqual(['ok'])
  })
})
