import { expect, test } from 'vitest'
import { InvalidArgumentError, provideContext } from '../../lib/index.ts'
import { locale, localeHere, passOn } from '../fixtures/context-tasks.ts'
import { harness } from '../kit/harness.ts'

const h = harness()
const drain = (isolation: 'none' | 'process' = 'none') => h.drain('q', { paths: ['.'], isolation })

test('a context holds where the job runs, in another process too', async () => {
  const q = h.queue()
  const here = await locale.run('de', () => q.enqueue(localeHere))
  const none = await q.enqueue(localeHere)
  const given = await locale.run('de', () => q.with({ headers: { locale: 'fr' } }).enqueue(localeHere))
  await drain('process')
  expect(await Promise.all([here.result, none.result, given.result])).toEqual(['de', undefined, 'fr'])
})

test('a context goes on to the jobs that a job enqueues, and through a retry', async () => {
  const q = h.queue()
  const outer = await locale.run('de', () => q.with({ retry: 1 }).enqueue(passOn, h.url, h.prefix))
  await drain()
  const inner = await q.fetchJob(await outer.result)
  expect(await inner!.result).toBe('de')
})

test('a context in synchronous mode is restored from the job', async () => {
  const q = h.queue('q', { async: false })
  expect(await (await locale.run('de', () => q.enqueue(localeHere))).result).toBe('de')
})

test.each<[object, RegExp]>([
  [{ name: 'a b', capture: () => '', restore: () => {} }, /headers: expected names/],
  [{ name: 'a', capture: 1, restore: () => {} }, /capture: expected a function, got number/],
  [{ name: 'a', capture: () => '', restor: () => {} }, /unknown option 'restor'/],
])('a provider that cannot be used is refused: %j', (provider, message) => {
  expect(() => provideContext(provider as never)).toThrow(message)
  expect(() => provideContext(provider as never)).toThrow(InvalidArgumentError)
})
