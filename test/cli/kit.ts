import { EventEmitter } from 'node:events'
import { tmpdir } from 'node:os'
import { Readable } from 'node:stream'
import type { Host, HostSignal } from '../../cli/host.ts'
import { Output, type TextStream } from '../../cli/output.ts'

/** A stream that keeps what it is given; while it is stuck, no write is ever done, and once it is left, each one fails. */
export class Recorder implements TextStream {
  readonly writes: string[] = []
  readonly isTTY: boolean
  columns?: number
  stuck = false
  left = false
  #blocked: (() => void)[] = []

  constructor(isTTY = false) {
    this.isTTY = isTTY
  }

  get text(): string {
    return this.writes.join('')
  }

  write(text: string, done: (error?: Error) => void): void {
    if (this.left) {
      done(Object.assign(new Error('write EPIPE'), { code: 'EPIPE' }))
      return
    }
    this.writes.push(text)
    if (this.stuck) this.#blocked.push(done)
    else done()
  }

  unstick(): void {
    this.stuck = false
    for (const done of this.#blocked.splice(0)) done()
  }

  on(): void {}
}

export interface FakeHost extends Host {
  readonly stdout: Recorder
  readonly stderr: Recorder
  send(signal: HostSignal): void
  /** Moves the clock on. */
  pass(ms: number): void
  /** Ends the process, as far as the command can tell. */
  exit(): void
}

export function fakeHost({
  env = {},
  isTTY = false,
  cwd = tmpdir(),
  input = '',
}: {
  env?: Record<string, string>
  isTTY?: boolean
  cwd?: string
  /** What is typed, or piped in. */
  input?: string
} = {}): FakeHost {
  const stdout = new Recorder(isTTY)
  const stderr = new Recorder(isTTY)
  const signals = new EventEmitter()
  const undos = new Set<() => void>()
  let now = 0
  return {
    env,
    cwd,
    stdin: Object.assign(Readable.from([input]), { isTTY }),
    atExit: (undo) => {
      undos.add(undo)
      return () => undos.delete(undo)
    },
    exit: () => {
      for (const undo of undos) undo()
    },
    stdout,
    stderr,
    signals,
    output: new Output(stdout, stderr),
    now: () => now,
    send: (signal) => void signals.emit(signal, signal),
    pass: (ms) => {
      now += ms
    },
  }
}

/** The part of a worker that hears what it is told while it works. */
export const undirected = {
  name: 'w1',
  pause() {},
  resume() {},
  killRunning() {},
  tellRunning() {},
  renewHorses: async () => {},
  readiness: async () => [],
}
