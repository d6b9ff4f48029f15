import { type ChildProcess, fork } from 'node:child_process'
import { poolEntry } from './horse/entry.ts'
import { inheritedEnv, inheritedFlags } from './horse/node-flags.ts'
import type { Log } from './logger.ts'
import type { PoolOrder, PoolReport, PortableOptions } from './pool-protocol.ts'
import type { Readiness } from './readiness.ts'
import type { WorkerTotals } from './tally.ts'

/** How long a worker has to say whether it is ready. */
const ANSWER_MS = 1_000

export interface MemberOptions {
  readonly queues: readonly string[]
  readonly options: PortableOptions & { readonly name: string }
  readonly logger: Log
  /** Another worker in its place would end as this one does. */
  readonly onHopeless: (message: string) => void
}

const TITLE_ROOM = 120

/** One worker process of a pool. */
export class PoolMember {
  readonly name: string
  readonly startedAt = new Date()
  /** Resolves when the process is gone: with what its worker did, or undefined if it did not end by itself. */
  readonly ended: Promise<WorkerTotals | undefined>
  readonly #child: ChildProcess
  readonly #askers: ((readiness: Readiness) => void)[] = []

  constructor({ queues, options, logger, onHopeless }: MemberOptions) {
    this.name = options.name
    const { path, flags } = poolEntry()
    // A title is cut at the length of the command line.
    const padding = options.titlePrefix === undefined ? [] : [' '.repeat(TITLE_ROOM)]
    this.#child = fork(path, padding, {
      execArgv: [...inheritedFlags(), ...flags],
      env: inheritedEnv(),
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
      // A group of its own: Ctrl-C must reach the pool only, which then decides what becomes of its workers.
      detached: true,
    })
    const { pid } = this.#child
    const log = (pid !== undefined && logger.ofProcess?.(pid)) || logger
    let totals: WorkerTotals | undefined
    this.#child.on('message', (report: PoolReport) => {
      if (report.kind === 'log') log[report.level](report.line, report.fields)
      else if (report.kind === 'readiness') for (const hear of this.#askers.splice(0)) hear(report.readiness)
      else if (report.kind === 'hopeless') onHopeless(report.message)
      else totals = report.totals
    })
    this.ended = new Promise((resolve) => {
      this.#child.on('error', (error) => {
        logger.error(`Worker ${this.name} could not be started: ${error.message}`)
        resolve(undefined)
      })
      // `close` comes when what it told has been read, `exit` may come before.
      this.#child.on('close', () => resolve(totals))
    })
    this.tell({ kind: 'run', queues, options, level: logger.level, fields: logger.fields !== undefined })
  }

  get pid(): number | undefined {
    return this.#child.pid
  }

  /** One that does not answer in time is not ready, whatever it believes. */
  readiness(): Promise<Readiness> {
    const silent = {
      isReady: false,
      redis: false,
      registered: false,
      prepared: false,
      stopping: false,
      heartbeatAgeMs: null,
    }
    return new Promise((resolve) => {
      const timer = setTimeout(() => resolve({ worker: this.name, ...silent }), ANSWER_MS)
      this.#askers.push((readiness) => {
        clearTimeout(timer)
        resolve(readiness)
      })
      this.tell({ kind: 'readiness' })
    })
  }

  /** The end of the line to a horse is its end: none is left behind. */
  kill(): void {
    this.#child.kill('SIGKILL')
  }

  tell(order: PoolOrder): void {
    // One that is ending has closed its channel; its end is told.
    if (this.#child.connected) this.#child.send(order, () => {})
  }
}
