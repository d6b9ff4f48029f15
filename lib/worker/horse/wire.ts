import type { Assignment } from '../../run/assignment.ts'
import type { Order, Report, TicketedJob } from './protocol.ts'

/**
 * What crosses the pipes of a process horse, a line each: JSON, but for jobs and for outcomes without trouble. Those are nearly
 * all of it, so they are plain fields. Encoded payloads hold no tabs and no newlines; whatever does, being damaged, goes as JSON.
 */
const JOB = '*'
const FINISHED = '+'
const TAB = '\t'
const UNSAFE = /[\t\n]/

export function packOrder(order: Order): string {
  if (order.kind !== 'run') return `${JSON.stringify(order)}\n`
  let lines = ''
  for (const job of order.jobs) lines += packJob(job)
  return lines
}

function packJob(job: TicketedJob): string {
  const [ticket, a] = job
  if (
    UNSAFE.test(a.args) ||
    UNSAFE.test(a.func) ||
    (a.meta !== undefined && UNSAFE.test(a.meta)) ||
    a.futures ||
    a.snoozes ||
    a.headers ||
    a.format ||
    a.failure
  ) {
    return `${JSON.stringify({ kind: 'run', jobs: [job] } satisfies Order)}\n`
  }
  const { id, queue, func, args, attempt, recoveries, timeoutMs, resultLimit, worker, meta = '' } = a
  return `${JOB}${ticket}\t${id}\t${queue}\t${func}\t${args}\t${attempt}\t${recoveries}\t${timeoutMs ?? ''}\t${resultLimit}\t${worker}\t${meta}\n`
}

export function unpackOrder(line: string): Order {
  if (line[0] !== JOB) return JSON.parse(line) as Order
  const [ticket, id, queue, func, args, attempt, recoveries, timeoutMs, resultLimit, worker, meta] = line
    .slice(1)
    .split(TAB) as [string, string, string, string, string, string, string, string, string, string, string]
  const assignment: Assignment = {
    id,
    queue,
    func,
    args,
    attempt: Number(attempt),
    recoveries: Number(recoveries),
    timeoutMs: timeoutMs === '' ? null : Number(timeoutMs),
    resultLimit: Number(resultLimit),
    worker,
    ...(meta !== '' && { meta }),
  }
  return { kind: 'run', jobs: [[Number(ticket), assignment]] }
}

export function packReport(report: Report): string {
  if (report.kind !== 'outcome') return `${JSON.stringify(report)}\n`
  const { ticket, outcome } = report
  if (outcome.kind !== 'finished' || outcome.resultError !== undefined) return `${JSON.stringify(report)}\n`
  return `${FINISHED}${ticket}\t${outcome.ms}\t${outcome.result}\n`
}

export function unpackReport(line: string): Report {
  if (line[0] !== FINISHED) return JSON.parse(line) as Report
  const first = line.indexOf(TAB)
  const second = line.indexOf(TAB, first + 1)
  return {
    kind: 'outcome',
    ticket: Number(line.slice(1, first)),
    outcome: { kind: 'finished', ms: Number(line.slice(first + 1, second)), result: line.slice(second + 1) },
  }
}
