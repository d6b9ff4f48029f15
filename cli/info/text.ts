import stringWidth from 'string-width'
import { bar, spark } from '../bar.ts'
import { cleanText } from '../clean-text.ts'
import { type Column, table } from '../table.ts'
import type { Terminal } from '../terminal.ts'
import { age, number, plural } from '../words.ts'
import type { Snapshot } from './snapshot.ts'

export interface Parts {
  readonly onlyQueues?: true
  readonly onlyWorkers?: true
  readonly byQueue?: true
}

/** The lengths that a queue had at the last looks, for its spark. */
export type History = ReadonlyMap<string, readonly number[]>

const LONGEST_BAR = 26

/** For people: queues as bars, workers, and a line that sums up each. */
export function infoText(snapshot: Snapshot, parts: Parts, terminal: Terminal, history?: History): string {
  const { isSuspended } = snapshot
  const suspended = isSuspended
    ? terminal.style('yellow', 'suspended: no worker takes jobs until rq resume')
    : ''
  return [
    parts.onlyWorkers ? '' : queuesText(snapshot, terminal, history),
    parts.onlyQueues ? '' : parts.byQueue ? byQueueText(snapshot) : workersText(snapshot, terminal),
    parts.onlyQueues ? '' : footText(snapshot, terminal),
    suspended && `${suspended}\n`,
  ].join('')
}

function queuesText({ queues }: Snapshot, terminal: Terminal, history?: History): string {
  const most = Math.max(...queues.map(({ counts }) => counts.queued), 0)
  const width = Math.min(LONGEST_BAR, Math.floor(terminal.width / 4))
  const rows = queues.map(({ name, counts, totals, oldestMs, isPaused, workers }) => {
    const length = bar(counts.queued, most, width, terminal.utf8)
    const trouble = isPaused
      ? 'paused'
      : counts.queued > 0 && workers === 0
        ? warning('no workers', terminal)
        : ''
    return [
      cleanText(name),
      terminal.style('green', length) + ' '.repeat(width - stringWidth(length)),
      number(counts.queued),
      `${number(counts.started)} running`,
      `${number(totals.finished)} done`,
      `${number(counts.failed)} failed`,
      oldestMs === null ? '' : `oldest ${age(oldestMs)}`,
      [history && spark(history.get(name) ?? [], terminal.utf8), trouble].filter(Boolean).join(' '),
    ]
  })
  const jobs = queues.reduce((sum, { counts }) => sum + counts.queued, 0)
  return `${lines(rows, [2, 3, 4, 5])}${plural(queues.length, 'queue')}, ${plural(jobs, 'job')}\n`
}

const WORKER_COLUMNS: readonly Column[] = [
  { head: 'worker', shrink: true },
  { head: 'state' },
  { head: 'queues', shrink: true },
  { head: 'running', shrink: true },
  { head: 'ok', right: true },
  { head: 'failed', right: true },
  { head: 'up', right: true },
]

function workersText({ workers }: Snapshot, terminal: Terminal): string {
  if (workers.length === 0) return ''
  const rows = workers.map(({ name, state, queues, running, finished, failed, upMs }) => [
    name,
    state,
    queues.join(', '),
    running ? `${running.call} for ${age(running.forMs)}` : '',
    number(finished),
    number(failed),
    age(upMs),
  ])
  return `\n${table(WORKER_COLUMNS, rows, terminal)}`
}

function byQueueText({ queues, workers }: Snapshot): string {
  const rows = queues.map(({ name }) => {
    const its = workers.filter((worker) => worker.queues.includes(name))
    return [`${name}:`, its.map((worker) => `${worker.name} (${worker.state})`).join(', ') || 'none'].map(
      cleanText,
    )
  })
  return `\n${lines(rows, [])}`
}

function footText({ workers, redis }: Snapshot, terminal: Terminal): string {
  const hosts = new Set(workers.map(({ host }) => host)).size
  const count =
    workers.length === 0 ? 'no workers' : `${plural(workers.length, 'worker')} on ${plural(hosts, 'host')}`
  const server = `${redis.version} ${redis.address}`
  return `${count}${' '.repeat(Math.max(2, terminal.width - count.length - server.length))}${server}\n`
}

/** RQ's form for scripts. */
export function rawText({ queues, workers }: Snapshot, parts: Parts): string {
  const ofQueues = queues.map(
    ({ name, counts: { queued, started, finished, failed } }) =>
      `queue ${name} ${queued}, ${started} executing, ${finished} finished, ${failed} failed\n`,
  )
  const ofWorkers = workers.map(
    ({ name, host, pid, state, queues: its, finished, failed }) =>
      `worker ${name} (${host} ${pid}) ${state} ${its.join(',')}. jobs: ${finished} finished, ${failed} failed\n`,
  )
  const byQueue = queues.map(({ name }) => {
    const its = workers.filter((worker) => worker.queues.includes(name))
    return `queue ${name}: ${its.map((worker) => `${worker.name} (${worker.state})`).join(', ') || '-'}\n`
  })
  return cleanText(
    [
      ...(parts.onlyWorkers ? [] : ofQueues),
      ...(parts.onlyQueues ? [] : parts.byQueue ? byQueue : ofWorkers),
    ].join(''),
  )
}

function warning(text: string, { utf8, style }: Terminal): string {
  return style('yellow', `${utf8 ? '⚠' : '!'} ${text}`)
}

/** Cells in columns, without a head; those of the columns named stand at the right. */
function lines(rows: readonly (readonly string[])[], right: readonly number[]): string {
  const clean = rows.map((row) => row.map((cell) => cell.replace(/[\t\n]+/g, ' ')))
  const widths = clean.reduce<number[]>(
    (all, row) => row.map((cell, i) => Math.max(all[i] ?? 0, stringWidth(cell))),
    [],
  )
  const pad = (cell: string, i: number) => {
    const space = ' '.repeat(widths[i]! - stringWidth(cell))
    return right.includes(i) ? space + cell : cell + space
  }
  return clean.map((row) => `${row.map(pad).join('  ').trimEnd()}\n`).join('')
}
