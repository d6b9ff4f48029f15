import type { Assignment } from '../../run/assignment.ts'
import type { Order, Report, TicketedJob } from './protocol.ts'

/**
 * What crosses the pipes of a process horse, a line each: JSON, but for jobs and for outcomes without trouble. Those are nearly
 * all of it, so they are plain fields, and jobs that are alike but for ticket, id and arguments share a line. Encoded
 * payloads hold no tabs and no newlines; whatever does, being damaged, goes as JSON.
 */
const JOBS = '*'
/** A line with arguments of so many characters takes no further job: the horse begins when it has the whole line. */
const LINE_LENGTH = 32_768
const FINISHED = '+'
const TAB = '\t'
const UNSAFE = /[\t\n]/

export function packOrder(order: Order): string {
  if (order.kind !== 'run') return `${JSON.stringify(order)}\n`
  let text = ''
  /** The first job of the line that is not at its end yet. */
  let first: Assignment | undefined
  let length = 0
  for (const job of order.jobs) {
    const [ticket, assignment] = job
    const isPlain = isPlainJob(assignment)
    if (first && !(isPlain && length < LINE_LENGTH && isAlike(first, assignment))) {
      text += '\n'
      first = undefined
    }
    if (!isPlain) {
      text += `${JSON.stringify({ kind: 'run', jobs: [job] } satisfies Order)}\n`
      continue
    }
    if (!first) {
      text += headOf(assignment)
      first = assignment
      length = 0
    }
    text += `\t${ticket}\t${assignment.id}\t${assignment.args}`
    length += assignment.args.length
  }
  return first ? `${text}\n` : text
}

/** What a line carries. All else must be asked for by `isPlainJob`, which does not compile where a field is in neither. */
type Carried =
  | 'id'
  | 'queue'
  | 'func'
  | 'args'
  | 'attempt'
  | 'maxAttempts'
  | 'recoveries'
  | 'timeoutMs'
  | 'resultLimit'
  | 'worker'
  | 'meta'
/** Only beside headers. */
type WithHeaders = 'queuedAt'
type Rare = Record<Exclude<keyof Assignment, Carried | WithHeaders>, unknown>

function isPlainJob({ args, func, meta, futures, snoozes, headers, format, failure }: Assignment): boolean {
  const rare = { futures, snoozes, headers, format, failure } satisfies Rare
  const isRare = rare.futures || rare.snoozes || rare.headers || rare.format || rare.failure
  return !isRare && !UNSAFE.test(args) && !UNSAFE.test(func) && (meta === undefined || !UNSAFE.test(meta))
}

function isAlike(a: Assignment, b: Assignment): boolean {
  return (
    a.func === b.func &&
    a.queue === b.queue &&
    a.attempt === b.attempt &&
    a.maxAttempts === b.maxAttempts &&
    a.recoveries === b.recoveries &&
    a.timeoutMs === b.timeoutMs &&
    a.resultLimit === b.resultLimit &&
    a.meta === b.meta &&
    a.worker === b.worker
  )
}

function headOf(job: Assignment): string {
  const {
    queue,
    func,
    attempt,
    maxAttempts = '',
    recoveries,
    timeoutMs,
    resultLimit,
    worker,
    meta = '',
  } = job
  return `${JOBS}\t${queue}\t${func}\t${attempt}\t${maxAttempts}\t${recoveries}\t${timeoutMs ?? ''}\t${resultLimit}\t${worker}\t${meta}`
}

type Head = [string, string, string, string, string, string, string, string, string, string]
const HEAD = 10

export function unpackOrder(line: string): Order {
  if (line[0] !== JOBS) return JSON.parse(line) as Order
  const fields = line.split(TAB)
  const [, queue, func, attempt, maxAttempts, recoveries, timeoutMs, resultLimit, worker, meta] =
    fields as Head
  const common = {
    attempt: Number(attempt),
    ...(maxAttempts !== '' && { maxAttempts: Number(maxAttempts) }),
    recoveries: Number(recoveries),
    timeoutMs: timeoutMs === '' ? null : Number(timeoutMs),
    resultLimit: Number(resultLimit),
  }
  const jobs: TicketedJob[] = []
  for (let i = HEAD; i < fields.length; i += 3) {
    const assignment = { id: fields[i + 1]!, queue, func, args: fields[i + 2]!, ...common, worker }
    jobs.push([Number(fields[i]), meta === '' ? assignment : { ...assignment, meta }])
  }
  return { kind: 'run', jobs }
}

export function packReport(report: Report): string {
  if (report.kind !== 'outcome') return `${JSON.stringify(report)}\n`
  const { ticket, outcome } = report
  if (outcome.kind !== 'finished' || outcome.resultError !== undefined) return `${JSON.stringify(report)}\n`
  // Whole microseconds: to write out a fraction, and to read it, costs more than the rest of the line.
  return `${FINISHED}${ticket}\t${Math.round(outcome.ms * 1_000)}\t${outcome.result}\n`
}

export function unpackReport(line: string): Report {
  if (line[0] !== FINISHED) return JSON.parse(line) as Report
  const first = line.indexOf(TAB)
  const second = line.indexOf(TAB, first + 1)
  return {
    kind: 'outcome',
    ticket: Number(line.slice(1, first)),
    outcome: {
      kind: 'finished',
      ms: Number(line.slice(first + 1, second)) / 1_000,
      result: line.slice(second + 1),
    },
  }
}
