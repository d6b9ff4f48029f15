import { parseFunctionName } from '../../lib/core/function-name.ts'
import { checkQueueName } from '../../lib/core/names.ts'
import { DEFAULTS } from '../../lib/core/options.ts'
import type { Job } from '../../lib/queue/job.ts'
import { parseArgs } from '../call-args.ts'
import { cleanText } from '../clean-text.ts'
import type { CommandSpec, OptionSpec } from '../command.ts'
import { type EnqueueFlags, functionHint, timeOf, toEnqueueOptions } from '../enqueue-options.ts'
import { COMMON_EXITS, EXIT, type ExitCode } from '../exit-codes.ts'
import type { Host } from '../host.ts'
import { count, duration, durationOrForever, wholeNumber } from '../parse.ts'
import { reply } from '../reply.ts'
import { withSession } from '../session.ts'

const JOB: readonly OptionSpec[] = [
  { flags: '-q, --queue <queue>', what: 'where to', fallback: 'default', parse: checkQueueName },
  {
    flags: '--timeout <time>',
    what: 'how long one run may take; -1 for no limit',
    fallback: `${DEFAULTS.timeoutMs / 1000}s`,
    parse: durationOrForever,
  },
  {
    flags: '--result-ttl <time>',
    what: 'how long the result is kept',
    fallback: `${DEFAULTS.resultTtlMs / 1000}s`,
    parse: durationOrForever,
  },
  {
    flags: '--ttl <time>',
    what: 'how long it may wait before it is canceled',
    fallback: 'no limit',
    parse: duration,
  },
  {
    flags: '--failure-ttl <time>',
    what: 'how long it is kept when it has failed',
    fallback: '365d',
    parse: durationOrForever,
  },
  { flags: '--description <text>', what: 'shown in logs instead of the call' },
  { flags: '--depends-on <ids>', what: 'jobs that must finish first; may be repeated', repeatable: true },
  { flags: '--job-id <id>', what: 'its own id', fallback: 'a random UUID' },
  { flags: '--at-front', what: 'ahead of all that wait' },
  { flags: '--front', what: 'the same' },
  { flags: '--tag <tag>', what: 'to find it by; may be repeated', repeatable: true },
  { flags: '--priority <n>', what: 'lower runs sooner, from -511 to 511', fallback: '0', parse: wholeNumber },
]

const RETRY: readonly OptionSpec[] = [
  { flags: '--retry-max <n>', what: 'how many runs may follow a failed one', fallback: '0', parse: count },
  { flags: '--retry <n>', what: 'the same', parse: count, conflicts: ['retryMax'] },
  {
    flags: '--retry-interval <times>',
    what: 'wait before each, as 10,60; may be repeated; the last one goes on',
    fallback: '0',
    parse: durations,
    repeatable: true,
  },
]

const WHEN: readonly OptionSpec[] = [
  { flags: '--schedule-in <time>', what: 'not before this time has passed, as 10s, 5m, 2d', parse: duration },
  { flags: '--in <time>', what: 'the same', parse: duration, conflicts: ['scheduleIn'] },
  {
    flags: '--schedule-at <time>',
    what: 'not before then, as 2026-11-20T18:30:00Z',
    parse: timeOf,
    conflicts: ['scheduleIn', 'in'],
  },
  { flags: '--at <time>', what: 'the same', parse: timeOf, conflicts: ['scheduleAt', 'scheduleIn', 'in'] },
]

const WAIT: readonly OptionSpec[] = [
  { flags: '--wait', what: 'wait until it has ended, and print its result' },
  { flags: '--wait-timeout <time>', what: 'how long', fallback: 'without end', parse: duration },
  { flags: '--quiet', what: 'print nothing but a result', conflicts: ['verbose'] },
]

export const enqueueCommand: CommandSpec<EnqueueFlags> = {
  name: 'enqueue',
  purpose: 'Enqueue a call of a function.',
  argument: [
    { term: '<function>', what: "as './tasks#add', from the project root" },
    {
      term: '[args...]',
      what: 'text, :json, %literal; key=text, key:=json, key%=literal for one object; @file, - for stdin',
    },
  ],
  options: [
    { title: 'Job', options: JOB },
    { title: 'Retry', options: RETRY },
    { title: 'When', options: WHEN },
    { title: 'Answer', options: WAIT },
  ],
  examples: [
    ["rq enqueue './tasks#add' :2 :3 --wait", 'add(2, 3), and its result'],
    [
      "rq enqueue './mail#send' ann@example.org subject=Hello 'to:=[1,2]' -q mail",
      "send('ann@…', { subject: 'Hello', to: [1, 2] })",
    ],
    [
      "rq enqueue './import#load' @rows.csv --schedule-in 5m --retry-max 3 --retry-interval 10,60",
      'the content of a file, later, with retries',
    ],
  ],
  exitCodes: [
    [EXIT.done, 'enqueued; with --wait, finished'],
    [EXIT.failed, 'with --wait: failed, stopped or canceled'],
    [EXIT.notFound, 'a job of --depends-on is not there'],
    [EXIT.unmet, 'with --wait-timeout: the time is over; the job goes on'],
    ...COMMON_EXITS,
  ],

  async run([func = '', ...words], flags, host) {
    try {
      parseFunctionName(func)
    } catch (error) {
      throw functionHint(error, func)
    }
    const options = toEnqueueOptions(flags)
    const args = await parseArgs(words, host)
    // What --timeout says here is the job's.
    const { timeout: _, ...globals } = flags
    return withSession(globals, host, async ({ place }) => {
      const { Queue } = await import('../../lib/queue/queue.ts')
      const queue = new Queue(flags.queue ?? 'default', place)
      try {
        const job = await queue.with(options).enqueue(func, ...args)
        return await answer(job as Job, flags, host)
      } finally {
        await queue.close()
      }
    })
  },
}

async function answer(job: Job, flags: EnqueueFlags, host: Host): Promise<ExitCode> {
  const [{ awaitJob, resultText }, { describeCall }, { encode }] = await Promise.all([
    import('../outcome.ts'),
    import('../../lib/core/describe-call.ts'),
    import('../../lib/core/payload.ts'),
  ])
  const { id, queue, func, status, args } = job
  const line = cleanText(`Enqueued ${describeCall(func, encode(args, 'args'))} with job-id '${id}'.`)
  // Beside a result, which is what a program reads, it is only a note.
  if (!flags.quiet && !flags.json) flags.wait ? host.output.err(`${line}\n`) : host.output.out(`${line}\n`)
  const outcome = flags.wait ? await awaitJob(job, flags.waitTimeout) : undefined
  if (flags.json) {
    const data = { id, queue, func, args, status, ...(outcome && { outcome }) }
    reply(host, { json: true }, { schema: 'rq.enqueue/1', data, text: () => '' })
  } else if (outcome?.ok) {
    host.output.out(`${resultText(outcome.result)}\n`)
  } else if (outcome) {
    host.output.err(`${resultText(`${outcome.error.name}: ${outcome.error.message}`)}\n`)
  }
  return outcome && !outcome.ok ? EXIT.failed : EXIT.done
}

function durations(text: string): string[] {
  return text.split(',').map((each) => duration(each.trim()))
}
