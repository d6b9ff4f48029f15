import { expect, test } from 'vitest'
import { InvalidArgumentError } from '../../lib/index.ts'
import * as tasks from '../fixtures/tasks.ts'
import { harness } from '../kit/harness.ts'

const h = harness()

test('tags go with a job, each once, and none are no list of nothing', async () => {
  const q = h.queue()
  const job = await q.with({ tags: ['mail', 'customer 7', 'mail'] }).enqueue(tasks.nothing)
  expect((await q.fetchJob(job.id))!.tags).toEqual(['mail', 'customer 7'])
  expect((await q.enqueue(tasks.nothing)).tags).toEqual([])
})

test.each([['mail'], [['']], [[' mail']], [['a\nb']], [['x'.repeat(65)]], [[7]], [Array(21).fill('x')]])(
  'tags %j are refused',
  (tags) => {
    const options = { tags: tags as never }
    return expect(h.queue().with(options).enqueue(tasks.nothing)).rejects.toThrow(InvalidArgumentError)
  },
)
