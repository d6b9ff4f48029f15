import { fileURLToPath } from 'node:url'
import type { CommandSpec } from '../command.ts'
import { COMMON_EXITS, EXIT } from '../exit-codes.ts'
import type { GlobalFlags } from '../globals.ts'
import { createLog } from '../log.ts'
import { reply } from '../reply.ts'
import { withSession } from '../session.ts'

const QUEUE = 'demo'

export const demoCommand: CommandSpec<GlobalFlags> = {
  name: 'demo',
  purpose: `Enqueue jobs that succeed, wait for each other, retry and fail to the queue ${QUEUE}, and work on them here.`,
  options: [],
  examples: [
    ['rq demo', 'watch a worker at work'],
    [`rq demo && rq info && rq failed ls --queue ${QUEUE}`, 'then look at what it left'],
    ['rq demo -q', 'only what goes wrong, and the outcome'],
  ],
  exitCodes: [[EXIT.done, 'all jobs have run; one of them failed, as it should'], ...COMMON_EXITS],

  run(_, flags, host) {
    return withSession(flags, host, async ({ place }) => {
      const { Queue, Worker } = await library()
      await using q = new Queue(QUEUE, place)
      const texts = ['three short words', 'two words', 'one']
      const counts = await q.enqueueMany(
        texts.map((text) => ({ func: './tasks#countWords', args: [text], options: {} })),
      )
      await q.enqueue('./tasks#slow', 0.5)
      await q.with({ retry: 1 }).enqueue('./tasks#flaky')
      await q.with({ resultTtl: '1h', failureTtl: '1h' }).enqueue('./tasks#failing')
      const total = await q.enqueue('./tasks#sum', ...counts)
      // Its log is what there is to see; with --json only the outcome is.
      const log = flags.json ? {} : { logger: createLog(flags.quiet ? 'warn' : 'info', host, {}) }
      const paths = [fileURLToPath(new URL('../demo/', import.meta.url))]
      const totals = await new Worker(QUEUE, {
        connection: place.connection,
        prefix: place.prefix,
        ...(place.secret !== undefined && { secret: place.secret }),
        paths,
        burst: true,
        ...log,
      }).run()
      const words = await total.result
      reply(host, flags, {
        schema: 'rq.demo/1',
        data: { words, ...totals },
        text: () =>
          `${totals.finished} jobs finished, ${totals.failed} failed, ${totals.retried} retried; the texts have ${words} words\n`,
      })
      return EXIT.done
    })
  },
}

/** Apart: in a function with `await using` the compiler leaves the paths of imports as they are. */
async function library() {
  const [{ Queue }, { Worker }] = await Promise.all([
    import('../../lib/queue/queue.ts'),
    import('../../lib/worker/worker.ts'),
  ])
  return { Queue, Worker }
}
