import { beforeEach, describe, expect, test, vi } from 'vitest'
import { EnqueueVetoedError, InvalidArgumentError, job, Queue, use } from '../../lib/index.ts'
import * as jobs from '../fixtures/jobs.ts'
import { harness } from '../kit/harness.ts'

const h = harness()
const { heard } = jobs
const drain = (options = {}) => h.drain('q', { paths: ['.'], ...options })

beforeEach(() => {
  heard.length = 0
})

describe('the hooks of a job class', () => {
  test('are called in delayed_job’s order: enqueue, before, perform, success, after', async () => {
    const q = h.queue()
    await q.enqueue(new jobs.QueryPrice({ name: 'tea' }))
    expect(heard).toEqual(['enqueue tea'])
    await drain()
    expect(heard).toEqual(['enqueue tea', 'before tea 1', 'perform tea', 'success price of tea', 'after'])
  })

  test('afterEnqueue has the job once it is stored', async () => {
    await h.queue().enqueue(jobs.OrderCreate, 7)
    expect(heard).toEqual(['afterEnqueue 7 queued'])
  })

  test('hear of each error, and of the failure when no retry is left', async () => {
    const q = h.queue()
    const price = await q.enqueue(jobs.Again, { name: 'tea', fate: 'throw' })
    await drain()
    const attempt = (n: number) => [`before tea ${n}`, 'perform tea', 'error no price', 'after']
    expect(heard).toEqual(['enqueue tea', ...attempt(1), ...attempt(2), 'failure tea 2 no price'])
    expect((await price.refresh()).error).toMatchObject({ name: 'RangeError', message: 'no price' })
  })

  test('hear of the failure of a job that ended its work-horse, which itself could tell nobody', async () => {
    const q = h.queue()
    const hung = await q.with({ timeout: '100ms' }).enqueue(jobs.Hangs)
    await drain({ isolation: 'process' })
    expect((await hung.refresh()).error?.name).toBe('JobTimeoutError')
    const told = (await q.jobs('finished')).find(({ id }) => id.startsWith(`${hung.id}.`))
    expect(await told!.returnValue()).toBe('Hangs failed: JobTimeoutError')
  })

  test('veto the enqueue by answering false', async () => {
    const q = h.queue()
    await expect(q.enqueue(new jobs.QueryPrice({ name: 'tea', fate: 'veto' }))).rejects.toThrow(
      EnqueueVetoedError,
    )
    expect(await h.redis.keys(`${h.prefix}*`)).toEqual([])
  })

  test('that throw before fail the attempt, after it change nothing and are told', async () => {
    const warned = vi.spyOn(process, 'emitWarning').mockImplementation(() => {})
    const q = h.queue()
    const failing = await q.enqueue(jobs.QueryPrice, { name: 'tea', fate: 'before' })
    const fine = await q.enqueue(jobs.QueryPrice, { name: 'tea', fate: 'hooks' })
    await drain()
    await expect(failing.result).rejects.toThrow('not ready')
    expect(await fine.result).toBe('price of tea')
    const log = (await fine.log()).join('\n')
    expect(log).toContain('the hook success of ./test/fixtures/jobs#QueryPrice threw: Error: success hook')
    expect(log).toContain('the hook after')
    expect(warned).toHaveBeenCalledTimes(2)
    warned.mockRestore()
  })

  test('are called in the synchronous mode as well', async () => {
    const q = new Queue('q', { async: false, prefix: h.prefix })
    await q.enqueue(new jobs.QueryPrice({ name: 'tea', fate: 'throw' }))
    expect(heard).toEqual([
      'enqueue tea',
      'before tea 1',
      'perform tea',
      'error no price',
      'after',
      'failure tea 1 no price',
    ])
  })
})

describe('Resque’s hooks', () => {
  test('are called with the job’s arguments, in Resque’s order', async () => {
    await h.queue().enqueue(jobs.Archive, 44)
    await drain()
    expect(heard).toEqual([
      'beforeEnqueue 44',
      'afterEnqueue 44',
      'beforePerform 44',
      'around 44',
      'perform 44 master',
      '/around 44',
      'afterPerform 44',
    ])
  })

  test('veto an enqueue by false', async () => {
    await expect(h.queue().enqueue(jobs.Archive, -1)).rejects.toThrow('answered false')
    expect(heard).toEqual(['beforeEnqueue -1'])
  })

  test('abort a job by DontPerform, which is no failure, or by not going on around it', async () => {
    const q = h.queue()
    const aborted = await q.enqueue(jobs.Archive, 0)
    const skipped = await q.enqueue(jobs.Archive, 1)
    await drain()
    expect([await aborted.result, await skipped.result]).toEqual([undefined, undefined])
    expect(heard.filter((each) => /perform /.test(each) || each.startsWith('afterPerform'))).toEqual([])
  })

  test('hear of a failure', async () => {
    await h.queue().enqueue(jobs.Archive, 7, 'broken')
    await drain()
    expect(heard.at(-1)).toBe('onFailure no such branch 7 broken')
    expect(heard).not.toContain('afterPerform 7')
  })
})

describe('the hooks of job()', () => {
  test('wrap its jobs, inside of all middleware', async () => {
    const remove = use({
      client: async (outgoing, next) => {
        heard.push('client')
        await next()
        heard.push(`/client ${outgoing.headers.seen}`)
      },
      worker: async (_, next) => {
        heard.push('worker')
        await next()
        heard.push('/worker')
      },
    })
    const q = h.queue()
    const job = await q.enqueue(jobs.hooked, 'fine')
    await drain()
    remove()
    expect(heard).toEqual([
      'client',
      'enqueue',
      'afterEnqueue queued',
      '/client yes',
      'worker',
      'before fine',
      'perform yes',
      'around fine',
      'success fine',
      'after',
      '/worker',
    ])
    expect(await job.result).toBe('fine')
  })

  test('may be some of them only', async () => {
    const q = h.queue()
    const one = await q.enqueue(jobs.afterOnly, 'x')
    const two = await q.enqueue(jobs.enqueueOnly, 'y')
    await drain()
    expect([await one.result, await two.result]).toEqual(['x', 'y'])
    expect(heard).toEqual(['enqueue y', 'after x'])
  })

  test('hear of errors and of the failure', async () => {
    await h.queue().enqueue(jobs.hooked, 'throw')
    await drain()
    expect(heard.slice(3)).toEqual(['perform yes', 'error as told', 'after', 'failure throw as told'])
  })

  test('are refused where there is no such hook', () => {
    expect(() => job('low', { hooks: { befor: () => {} } as never })).toThrow(
      /unknown option 'hooks.befor'. Did you mean 'hooks.before'/,
    )
    expect(() => job('low', { hooks: { befor: () => {} } as never })).toThrow(InvalidArgumentError)
  })
})
