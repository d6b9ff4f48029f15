import { describe, expect, test } from 'vitest'
import { type DelayOptions, delay, InvalidArgumentError, SerializationError } from '../../lib/index.ts'
import * as wrapped from '../fixtures/decorated-tasks.ts'
import { Admin, mailer, Reports, Session, User } from '../fixtures/models.ts'
import * as tasks from '../fixtures/tasks.ts'
import { harness, REDIS_URL } from '../kit/harness.ts'

const h = harness()

const here = (): DelayOptions => ({ connection: REDIS_URL, prefix: h.prefix, queue: 'q' })

describe('calls written as calls', () => {
  test.each(['none', 'process'] as const)('are run by a worker, isolation %s', async (isolation) => {
    const user = new User('ada')
    const jobs = {
      'a function': await delay(tasks.add, here())(3, 4),
      'a static method': await delay(Reports, here()).build(42),
      'a method of an exported object': await delay(mailer, here()).welcome('ada'),
      'a function of a namespace': await delay(tasks, here()).add(1, 2),
      'a method of an instance': await delay(user, here()).activate('phone'),
      'an override': await delay(new Admin('eve'), here()).activate('phone'),
      'a wrapped function': await delay(wrapped.add, here())(5, 6),
    }
    expect(Object.values(jobs).map((job) => job.func)).toEqual([
      './test/fixtures/tasks#add',
      './test/fixtures/models#Reports.build',
      './test/fixtures/models#mailer.welcome',
      './test/fixtures/tasks#add',
      './test/fixtures/models#User.prototype.activate',
      './test/fixtures/models#Admin.prototype.activate',
      './test/fixtures/decorated-tasks#add',
    ])
    expect(jobs['a method of an instance'].args).toEqual([user, 'phone'])
    const future = await delay(user, here()).activate(jobs['a static method'])
    await h.drain('q', { paths: ['.'], isolation })
    expect(await Promise.all(Object.values(jobs).map((job) => job.result))).toEqual([
      7,
      'report 42',
      'welcome ada, from us',
      3,
      'ada on phone',
      'eve on phone as admin',
      11,
    ])
    expect(await future.result).toBe('ada on report 42')
  })

  test('take the options of a job, and a Queue in place of its name', async () => {
    const job = await delay(tasks.add, { queue: h.queue('own'), description: 'adds', in: '1h' })(1, 2)
    expect([job.queue, job.description, job.status]).toEqual(['own', 'adds', 'scheduled'])
  })

  test('go where job() said, with the options that it was told', async () => {
    const job = await delay(wrapped.add)(1, 2)
    expect([job.queue, job.description]).toEqual(['low', 'adds'])
    await job.cancel()
    const other = await delay(wrapped.add, { description: 'other' })(1, 2)
    expect([other.queue, other.description]).toEqual(['low', 'other'])
    await other.cancel()
  })

  test('go elsewhere where a queue is named, with the options that job() was told', async () => {
    const job = await delay(wrapped.add, here())(1, 2)
    expect([job.queue, job.description]).toEqual(['q', 'adds'])
  })
})

describe('what is refused', () => {
  test('is told at once, where it is wrong by itself', () => {
    expect(() => delay(null as never)).toThrow(
      /delay\(\): expected a function, a class or an object, got null/,
    )
    expect(() => delay('tasks#add' as never)).toThrow(InvalidArgumentError)
    expect(() => delay(Reports, { conection: 'x' } as never)).toThrow(/Did you mean 'connection'/)
    expect(() => delay(Reports, { timeout: 'soon' })).toThrow(/timeout: expected a duration/)
    expect(() => delay(Reports, { queue: 'a b' })).toThrow(/queue name/)
    expect(() => delay(Reports, { queue: h.queue(), prefix: 'x' })).toThrow(
      /delay\(\): expected prefix with the name of a queue/,
    )
  })

  test('a method that is not there', async () => {
    const reports = delay(Reports, here()) as unknown as Record<string, () => Promise<unknown>>
    await expect(reports.built!()).rejects.toThrow('expected a method, but built is not there')
    await expect(reports.title!()).rejects.toThrow('expected a method, but title is string')
  })

  test('an instance whose class is not registered', async () => {
    await expect(delay(new Session(), here()).close()).rejects.toBeInstanceOf(SerializationError)
  })

  test('a proxy is not thenable: awaiting it gives the proxy', async () => {
    const reports = delay(Reports, here())
    expect(await reports).toBe(reports)
  })
})
