import { InvalidArgumentError } from '../core/errors.ts'
import { Queue } from '../queue/queue.ts'
import type { Runnable } from '../queue/task-types.ts'
import { look } from './assertions.ts'
import type { Expected } from './expected.ts'
import { sandbox, testing } from './mode.ts'
import { whyNot, whyThere } from './report.ts'

interface Verdict {
  readonly pass: boolean
  readonly message: () => string
}

/** What is expected of a job whose queue is what `expect()` was given. */
export type ExpectedThere = Omit<Expected, 'queue' | 'count'>

/** For `expect.extend(matchers)` of Vitest and Jest. `expect()` is given a Queue or its name, `testing` for all of them, or a function. */
export const matchers = {
  /** `await expect(queue).toHaveEnqueued(sendMail, { args: [to] })` */
  async toHaveEnqueued(received: unknown, func: Runnable, expected: ExpectedThere = {}): Promise<Verdict> {
    return verdict(func, { ...expected, ...whereOf(received, 'toHaveEnqueued') })
  },

  /** `await expect(queue).toHaveEnqueuedTimes(2, sendMail)`; without a function, jobs of any */
  async toHaveEnqueuedTimes(
    received: unknown,
    count: number,
    func?: Runnable,
    expected: ExpectedThere = {},
  ): Promise<Verdict> {
    return verdict(func, { ...expected, ...whereOf(received, 'toHaveEnqueuedTimes'), count })
  },

  /** `await expect(sendMail).toHaveBeenEnqueuedWith(to, subject)` */
  async toHaveBeenEnqueuedWith(received: unknown, ...args: unknown[]): Promise<Verdict> {
    if (typeof received === 'function' || typeof received === 'string')
      return verdict(received as Runnable, { args })
    throw new InvalidArgumentError(
      `toHaveBeenEnqueuedWith: expected expect() to be given a function or its path#export, got ${typeof received}`,
    )
  },
}

async function verdict(func: Runnable | undefined, expected: Expected): Promise<Verdict> {
  const { here, wanted, compared, matching, isMet } = await look(sandbox('expect()'), func, expected)
  return {
    pass: isMet,
    message: () => (isMet ? whyThere(wanted, here, matching) : whyNot(wanted, here, compared)).message,
  }
}

function whereOf(received: unknown, matcher: string): Pick<Expected, 'queue'> {
  if (received === testing) return {}
  if (typeof received === 'string' || received instanceof Queue) return { queue: received }
  throw new InvalidArgumentError(
    `${matcher}: expected expect() to be given a Queue, the name of one, or \`testing\` for all, got ${typeof received}`,
  )
}
