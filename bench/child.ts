import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

const ROOT = fileURLToPath(new URL('..', import.meta.url))

/** A program of bench/workers in its own process. It gets its input as JSON and answers lines of JSON. */
export class Child {
  readonly #name: string
  readonly #process: ChildProcess
  readonly #exited: Promise<unknown>
  readonly #lines: AsyncIterator<string>

  constructor(name: string, input: unknown) {
    const program = fileURLToPath(new URL(`workers/${name}.ts`, import.meta.url))
    this.#name = name
    this.#process = spawn(process.execPath, ['--import', 'tsx', program, JSON.stringify(input)], {
      cwd: ROOT,
      stdio: ['pipe', 'pipe', 'inherit'],
    })
    this.#exited = once(this.#process, 'exit')
    this.#lines = createInterface({ input: this.#process.stdout! })[Symbol.asyncIterator]()
  }

  /** The next answer. Throws if the program ends without one; what went wrong stands on stderr. */
  async answer<T>(): Promise<T> {
    const { done, value } = await this.#lines.next()
    if (done) {
      await this.#exited
      throw new Error(
        `Expected an answer from bench/workers/${this.#name}.ts, it ended with ` +
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
        `Expected bench/workers/${this.#name}.ts to stop within ${graceMs} ms with exit code 0, it ended with ` +
          `${this.#process.signalCode ?? `exit code ${this.#process.exitCode}`}: see its output above`,
      )
    }
  }
}

/** Runs a program that answers once, and waits for its end. */
export async function runChild<T>(name: string, input: unknown): Promise<T> {
  const child = new Child(name, input)
  const answer = await child.answer<T>()
  await child.stop()
  return answer
}
