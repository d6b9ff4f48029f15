import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import type { Library } from './libs/library.ts'
import { cpuOfTree } from './process-cpu.ts'

const ROOT = fileURLToPath(new URL('..', import.meta.url))

/** A program of bench/workers, in a process and in the language of the library that it measures. */
export type ProgramName = 'enqueuer' | 'caller' | 'worker' | 'idlers'

const living = new Set<ChildProcess>()

/** Ends what a measurement that failed has left running, before it disturbs the next. Work-horses end with their worker. */
export async function killChildren(): Promise<void> {
  const ends = [...living].map((child) => once(child, 'exit'))
  for (const child of living) child.kill('SIGKILL')
  await Promise.all(ends)
}

/** One of them, running. It gets its input as JSON and answers lines of JSON; a line to it is the word to begin. */
export class Child {
  readonly #name: string
  readonly #process: ChildProcess
  readonly #exited: Promise<unknown>
  readonly #lines: AsyncIterator<string>

  constructor(name: ProgramName, { command }: Library, input: unknown) {
    const program = fileURLToPath(new URL(`workers/${name}.ts`, import.meta.url))
    const [file, ...args] = command ? [...command, name] : [process.execPath, '--import', 'tsx', program]
    this.#name = name
    this.#process = spawn(file!, [...args, JSON.stringify(input)], {
      cwd: ROOT,
      stdio: ['pipe', 'pipe', 'inherit'],
    })
    living.add(this.#process)
    this.#exited = once(this.#process, 'exit').finally(() => living.delete(this.#process))
    this.#lines = createInterface({ input: this.#process.stdout! })[Symbol.asyncIterator]()
  }

  /** µs of CPU that the program and its children have used. */
  get cpu(): number {
    return cpuOfTree(this.#process.pid!)
  }

  /** The word to begin, which the program waits for once it has said that it is ready. */
  go(): void {
    this.#process.stdin!.write('go\n')
  }

  /** The next answer. Throws if the program ends without one; what went wrong stands on stderr. */
  async answer<T>(): Promise<T> {
    const { done, value } = await this.#lines.next()
    if (done) {
      await this.#exited
      throw new Error(
        `Expected an answer from the bench's program ${this.#name}, it ended with ` +
          `${this.#process.signalCode ?? `exit code ${this.#process.exitCode}`}: see its output above`,
      )
    }
    return JSON.parse(value) as T
  }

  /** Closes the program's input, which asks it to stop, and waits for its end, `graceMs` at most. */
  async stop(graceMs = 10_000): Promise<void> {
    this.#process.stdin!.end()
    const deadline = setTimeout(() => this.#process.kill('SIGKILL'), graceMs)
    await this.#exited
    clearTimeout(deadline)
    if (this.#process.exitCode !== 0) {
      throw new Error(
        `Expected the bench's program ${this.#name} to stop within ${graceMs} ms with exit code 0, it ended with ` +
          `${this.#process.signalCode ?? `exit code ${this.#process.exitCode}`}: see its output above`,
      )
    }
  }
}
