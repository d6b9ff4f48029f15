import { expectTypeOf, test } from 'vitest'
import type { Cron, CronEntry } from '../../lib/index.ts'
import { add, nothing } from '../fixtures/tasks.ts'

declare const cron: Cron

test('the arguments of an entry are checked against its function', () => {
  expectTypeOf(
    cron.register({ name: 'x', every: 5, func: add, args: [1, 2] }),
  ).resolves.toEqualTypeOf<CronEntry>()
  // @ts-expect-error add takes numbers
  cron.register({ name: 'x', every: 5, func: add, args: ['1', 2] })
  // @ts-expect-error add takes two of them
  cron.register({ name: 'x', every: 5, func: add, args: [1] })
  // @ts-expect-error and they are not optional
  cron.register({ name: 'x', every: 5, func: add })
  cron.register({ name: 'x', every: 5, func: nothing })
  cron.register({ name: 'x', every: 5, func: './tasks#nothing' })
  cron.register({ name: 'x', every: 5, func: './tasks#add', args: ['anything'] })
})

test('an entry has no id and no time of its own', () => {
  // @ts-expect-error ids are made of name and slot
  cron.register({ name: 'x', every: 5, func: add, args: [1, 2], id: 'mine' })
})
