import { expect, test } from 'vitest'
import { checkJobId, checkQueueName } from '../../lib/core/names.ts'
import { checkCronName } from '../../lib/queue/cron-options.ts'
import { checkWorkerOptions } from '../../lib/worker/options.ts'

const CHECKS = {
  'queue name': checkQueueName,
  'job id': checkJobId,
  name: checkCronName,
  'worker name': (name: string) => checkWorkerOptions('q', { name }).name,
}

test.each(Object.entries(CHECKS))(
  'a %s may hold dots, and be neither . nor .., which no address can name',
  (what, check) => {
    for (const name of ['a.b', '...', '.a', '..a', 'a..']) expect(check(name)).toBe(name)
    for (const name of ['.', '..'])
      expect(() => check(name)).toThrow(new RegExp(`^${what}: .* and neither '.' nor '..', got "${name}"$`))
  },
)
