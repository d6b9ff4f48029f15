import { BootstrapError } from '../core/errors.ts'
import { runsFor } from '../queue/configure.ts'
import { outliveReaders } from './horse/output-readers.ts'
import { LOG_LEVELS, type Log, type LogFields, type LogLevel } from './logger.ts'
import type { PoolOrder, PoolReport } from './pool-protocol.ts'
import { Worker } from './worker.ts'

/** A cold stop that takes longer will not end by itself. */
const COLD_LIMIT_MS = 10_000

// One worker of a pool, in a process of its own.
let worker: Worker | undefined

process.on('message', (order: PoolOrder) => {
  if (order.kind === 'run') void work(order)
  else if (order.kind === 'stop')
    void worker?.stop(order.timeout === undefined ? {} : { timeout: order.timeout })
  else if (order.kind !== 'readiness') void worker?.[order.kind]()
  else if (worker) tell({ kind: 'readiness', readiness: worker.readiness })
})
// The pool is dead, and with it whoever would start this one anew or stop it: what runs goes back to its queue.
process.on('disconnect', () => {
  setTimeout(() => process.exit(1), COLD_LIMIT_MS).unref()
  void (worker?.stopNow() ?? Promise.resolve()).finally(() => process.exit(1))
})
if (!process.connected) process.exit(1)
outliveReaders()
// A signal to this process alone is a wish to end this worker: the pool starts another.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => void worker?.stop())
process.on('SIGQUIT', () => void worker?.stop({ timeout: -1 }))
process.on('SIGUSR1', () => void worker?.killRunning())
process.on('SIGUSR2', () => worker?.pause())
process.on('SIGCONT', () => worker?.resume())
process.on('SIGTTIN', () => worker?.tellRunning())

async function work({ queues, options, level, fields }: Extract<PoolOrder, { kind: 'run' }>): Promise<void> {
  try {
    runsFor(options)
    worker = new Worker(queues, { ...options, logger: remoteLogger(level, fields) })
    tell({ kind: 'done', totals: await worker.run() }, () => process.exit(0))
  } catch (error) {
    const { message } = error as Error
    const report: PoolReport =
      error instanceof BootstrapError
        ? { kind: 'hopeless', message }
        : { kind: 'log', level: 'error', line: message }
    tell(report, () => process.exit(1))
  }
}

function remoteLogger(level: string | undefined, withFields: boolean): Log {
  const method = (of: LogLevel) => (line: string, fields?: LogFields) =>
    tell({ kind: 'log', level: of, line, ...(fields && { fields }) })
  const methods = Object.fromEntries(LOG_LEVELS.map((of) => [of, method(of)])) as Record<
    LogLevel,
    (line: string, fields?: LogFields) => void
  >
  return { ...(level !== undefined && { level }), ...(withFields && { fields: 'last' }), ...methods }
}

function tell(report: PoolReport, sent: () => void = () => {}): void {
  // To a dead pool nothing can be told; `disconnect` follows.
  if (process.connected) process.send!(report, undefined, undefined, () => sent())
  else sent()
}
