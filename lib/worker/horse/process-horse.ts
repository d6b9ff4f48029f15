import { type ChildProcess, spawn } from 'node:child_process'
import { closeSync } from 'node:fs'
import { Socket } from 'node:net'
import type { AbortCause, Assignment } from '../../run/assignment.ts'
import { deathHint } from './death-hint.ts'
import { processArgs } from './entry.ts'
import type { Horse, HorseEvents, HorseOptions } from './horse.ts'
import { kernelPipes } from './kernel-pipe.ts'
import { Ledger } from './ledger.ts'
import { lineReader } from './lines.ts'
import { inheritedEnv, inheritedFlags } from './node-flags.ts'
import type { Order, Report } from './protocol.ts'
import { packOrder, unpackReport } from './wire.ts'

/**
 * Jobs in a child process. Three lines of JSON connect them, each a file descriptor of the child: 3 carries orders,
 * 4 reports, written synchronously, one by one, 5 withdrawals and their answers, served by a thread of its own (warden.ts).
 */
export class ProcessHorse implements Horse {
  readonly #child: ChildProcess
  readonly #ledger: Ledger
  readonly #orders: Socket | undefined
  readonly #warden: Socket | undefined
  /** The warden answers in the order asked. */
  readonly #withdrawals: ((tickets: readonly number[]) => void)[] = []
  #fault: string | undefined

  constructor(options: HorseOptions, events: HorseEvents) {
    this.#ledger = new Ledger(options.slots, events, (order) => this.#order(order))
    const pipes = kernelPipes('orders', 'reports')
    this.#child = spawnHorse(options, pipes?.orders.read, pipes?.reports.write)
    // Where no process could be made, there may be no sockets either.
    const sockets = (this.#child.stdio ?? []) as (Socket | undefined)[]
    const orders = pipes
      ? new Socket({ fd: pipes.orders.write, readable: false, writable: true })
      : sockets[3]
    const reports = pipes
      ? new Socket({ fd: pipes.reports.read, readable: true, writable: false })
      : sockets[4]
    const warden = sockets[5]
    // The child has these ends.
    for (const fd of pipes ? [pipes.orders.read, pipes.reports.write] : []) closeSync(fd)
    this.#orders = orders
    this.#warden = warden
    // A broken pipe is the child's death, which `close` tells when all that it wrote has been read.
    for (const line of [orders, reports, warden]) line?.on('error', () => {})
    reports?.setEncoding('utf8').on(
      'data',
      lineReader((line) => this.#receive(line)),
    )
    warden?.setEncoding('utf8').on(
      'data',
      lineReader((line) => this.#withdrawals.shift()?.(JSON.parse(line) as number[])),
    )
    this.#child.on('error', (error) => this.#end(null, null, `node could not be started: ${error.message}`))
    this.#child.on('close', (code, signal) => {
      const end = () => this.#end(code, signal, this.#fault)
      // Of a line that the child knows by number only `close` says nothing.
      if (reports && !reports.closed) reports.once('close', end)
      else end()
    })
    this.#order({ kind: 'prepare', place: options.place })
  }

  get pid(): number | null {
    return this.#child.pid ?? null
  }

  send(batch: readonly Assignment[]): void {
    this.#order({ kind: 'run', jobs: this.#ledger.enter(batch) })
  }

  withdraw(ids: readonly string[]): Promise<string[]> {
    const tickets = this.#ledger.ticketsOf(ids)
    if (tickets.length === 0 || !this.#ledger.open) return Promise.resolve([])
    this.#warden?.write(`${JSON.stringify(tickets)}\n`)
    return new Promise((resolve) => {
      this.#withdrawals.push((settled) => resolve(this.#ledger.strike(settled)))
    })
  }

  abort(id: string, cause: AbortCause): void {
    this.#order({ kind: 'abort', id, cause })
  }

  kill(): void {
    this.#ledger.dismiss()
    this.#killGroup()
  }

  async stop(): Promise<void> {
    this.#ledger.dismiss()
    this.#order({ kind: 'stop' })
    await this.#ledger.closed
  }

  #order(order: Order): void {
    this.#orders?.write(packOrder(order))
  }

  #receive(line: string): void {
    let report: Report
    try {
      report = unpackReport(line)
    } catch {
      this.#fault = `it wrote to file descriptor 4, which is funq's own: ${line.slice(0, 100)}`
      this.#killGroup()
      return
    }
    this.#ledger.receive(report)
  }

  #end(code: number | null, signal: string | null, fault: string | undefined): void {
    this.#orders?.destroy()
    // What was asked and not answered was not withdrawn: `exit` names it among the unanswered.
    for (const answer of this.#withdrawals.splice(0)) answer([])
    this.#ledger.close({
      code,
      signal,
      hint: fault ?? (this.#ledger.dismissed ? undefined : deathHint(code, signal)),
    })
  }

  /** The horse, with the subprocesses that its jobs may have started. */
  #killGroup(): void {
    const { pid, exitCode, signalCode } = this.#child
    if (pid === undefined || exitCode !== null || signalCode !== null) return
    try {
      process.kill(-pid, 'SIGKILL')
    } catch {
      this.#child.kill('SIGKILL')
    }
  }
}

function spawnHorse(
  {
    slots,
    roots,
    bootstrap,
    title,
    captureOutput,
    codec,
    maxMemoryMb,
    worker,
    execArgv = inheritedFlags(),
  }: HorseOptions,
  orders: number | undefined,
  reports: number | undefined,
): ChildProcess {
  const memory = maxMemoryMb === undefined ? [] : [`--max-old-space-size=${maxMemoryMb}`]
  const argv = [
    ...execArgv,
    ...memory,
    ...processArgs(),
    JSON.stringify({ slots, roots, codec, captureOutput, bootstrap, title, maxMemoryMb }),
  ]
  return spawn(process.execPath, argv, {
    env: { ...inheritedEnv(), ...(worker !== undefined && { RQ_WORKER_ID: worker }) },
    stdio: ['ignore', 'inherit', 'inherit', orders ?? 'pipe', reports ?? 'pipe', 'pipe'],
    // A group of its own: Ctrl-C must reach the worker only, which then decides what becomes of the jobs.
    detached: true,
  })
}
