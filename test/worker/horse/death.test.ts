import { afterEach, describe, expect, test } from 'vitest'
import { begunJobs, type HorseOptions, type Isolation } from '../../../lib/worker/horse/horse.ts'
import { assignment, Rider } from '../../fixtures/horse/rider.ts'

const riders: Rider[] = []

afterEach(async () => {
  for (const rider of riders.splice(0)) {
    rider.horse.kill()
    await rider.exit
  }
})

function ride(isolation: Isolation, options?: Partial<HorseOptions>): Rider {
  const rider = new Rider(isolation, options)
  riders.push(rider)
  return rider
}

describe.each<Isolation>(['process', 'thread'])('a horse of kind %s', (isolation) => {
  test('names the job that called process.exit, and no other', async () => {
    const rider = ride(isolation, { slots: 3 })
    rider.send('hang', 'exitLater', 'hang2', 'ok')
    const exit = await rider.exit
    expect(exit).toMatchObject({
      code: 3,
      signal: null,
      culprit: 'exitLater',
      hint: 'the job called process.exit()',
      jobs: ['hang', 'exitLater', 'hang2', 'ok'],
    })
    expect(begunJobs(exit, 3)).toEqual(['hang', 'exitLater', 'hang2'])
  })

  test('answers all that ended before a job that exits at once', async () => {
    const rider = ride(isolation)
    rider.send('ok', 'ok2', 'exit', 'ok3')
    expect(await rider.exit).toMatchObject({ culprit: 'exit', jobs: ['exit', 'ok3'] })
    expect(rider.answered).toEqual(['ok', 'ok2'])
  })

  test('tells the outcome of a job before the next one spins for ever, and can be killed then', async () => {
    const rider = ride(isolation)
    rider.send('ok', 'spin', 'ok2')
    await rider.outcome('ok')
    await rider.begun('spin')
    rider.horse.kill()
    expect(await rider.exit).toMatchObject({ culprit: null, jobs: ['spin', 'ok2'] })
  })

  test('gives back jobs while the one before them spins', async () => {
    const rider = ride(isolation)
    rider.send('spin', 'ok', 'ok2')
    await rider.begun('spin')
    rider.send('ok3')
    expect(await rider.horse.withdraw(['spin', 'ok2', 'ok3'])).toEqual(['ok2', 'ok3'])
    rider.horse.kill()
    expect(await rider.exit).toMatchObject({ jobs: ['spin', 'ok'] })
  })

  test.each(['reject', 'throwLater'])(
    'fails just the job that did %s, tells its error, and ends',
    async (fate) => {
      const rider = ride(isolation, { slots: 2 })
      rider.send('hang', fate, 'ok')
      const outcome = await rider.outcome(fate)
      expect(outcome).toMatchObject({ kind: 'failed', permanent: false })
      expect(JSON.parse((outcome as { error: string }).error)).toMatchObject({ name: 'RangeError' })
      expect(await rider.exit).toMatchObject({ code: 1, culprit: fate, jobs: ['hang', 'ok'] })
      expect(rider.answered).toEqual([fate])
    },
  )

  test('blames no running job for what an ended one left behind', async () => {
    const rider = ride(isolation)
    rider.send('leaveThrow', 'hang')
    expect(await rider.exit).toMatchObject({
      code: 1,
      culprit: null,
      jobs: ['hang'],
      hint: expect.stringContaining('thrown where nobody catches'),
    })
    expect(rider.answered).toEqual(['leaveThrow'])
  })

  test('says that memory was the likely reason when a job takes all it may', async () => {
    const rider = ride(isolation, { maxMemoryMb: 64 })
    rider.send('oom', 'ok')
    expect(await rider.exit).toMatchObject({
      culprit: 'oom',
      jobs: ['oom', 'ok'],
      hint: 'likely out of memory',
    })
  })

  test('[F3] ends at once where node does not accept its flags, and no job had begun', async () => {
    const rider = ride(isolation, { execArgv: ['--no-such-flag'] })
    rider.send('ok')
    const exit = await rider.exit
    expect(exit).toMatchObject({ culprit: null, jobs: ['ok'], ready: false })
    expect(exit.hint).toMatch(/flags|option|argument/i)
    expect(begunJobs(exit, 1)).toEqual([])
  })
})

describe('a horse of kind process', () => {
  test.each([
    ['abort', 'SIGABRT'],
    ['kill', 'SIGKILL'],
  ])('tells the signal when a job does %s', async (fate, signal) => {
    const rider = ride('process')
    rider.send(fate, 'ok')
    expect(await rider.exit).toMatchObject({ code: null, signal, culprit: fate, jobs: [fate, 'ok'] })
  })

  test('names no culprit for a crash that any of several running jobs may have caused', async () => {
    const rider = ride('process', { slots: 2 })
    rider.send('hang', 'kill', 'ok')
    expect(await rider.exit).toMatchObject({ culprit: null, jobs: ['hang', 'kill', 'ok'] })
  })

  test('ends as any other does where node itself cannot be started', async () => {
    const { execPath } = process
    process.execPath = '/nowhere/node'
    const rider = ride('process')
    process.execPath = execPath
    rider.send('ok')
    expect(await rider.exit).toMatchObject({
      code: null,
      jobs: ['ok'],
      ready: false,
      hint: expect.stringContaining('node could not be started: spawn /nowhere/node ENOENT'),
    })
  })

  test('leaves signals to its worker', async () => {
    const rider = ride('process')
    rider.send('ok')
    await rider.outcome('ok')
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.kill(rider.horse.pid!, signal)
    rider.send('ok2')
    expect(await rider.outcome('ok2')).toMatchObject({ kind: 'finished' })
  })

  test('is ended when a job writes to its line to the worker', async () => {
    const rider = ride('process')
    rider.send('garble')
    expect(await rider.exit).toMatchObject({
      culprit: 'garble',
      hint: expect.stringContaining('not a report'),
    })
  })

  test('shows its jobs no arguments of its own', async () => {
    const rider = ride('process')
    rider.horse.send([assignment('argv', [], { func: './fates#argv' })])
    expect(await rider.outcome('argv')).toMatchObject({ result: '[]' })
  })

  test('carries payloads larger than any buffer between the processes', async () => {
    const rider = ride('process')
    const text = 'ü'.repeat(3_000_000)
    rider.horse.send([assignment('big', [text], { func: './fates#same', resultLimit: 10_000_000 })])
    expect(await rider.outcome('big')).toMatchObject({ kind: 'finished', result: JSON.stringify(text) })
  })
})
