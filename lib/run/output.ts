import { StringDecoder } from 'node:string_decoder'
import { cutText } from '../core/remote-error.ts'
import type { Update } from './assignment.ts'

type Stream = 'stdout' | 'stderr'

/** Lines are sent when there are so many, or after so long. */
const MOST_LINES = 64
const FLUSH_MS = 50

/** What one job prints, until it is on its way to the store: whole lines, but for the last when the job ends. */
export class Output {
  readonly #send: (update: Update) => void
  readonly #rest = { stdout: '', stderr: '' }
  readonly #decoders = { stdout: new StringDecoder(), stderr: new StringDecoder() }
  #lines: string[] = []
  #stream: Stream = 'stdout'
  #timer: NodeJS.Timeout | undefined

  constructor(send: (update: Update) => void) {
    this.#send = send
  }

  add(stream: Stream, chunk: string | Uint8Array): void {
    const text = typeof chunk === 'string' ? chunk : this.#decoders[stream].write(Buffer.from(chunk))
    const lines = (this.#rest[stream] + text).split('\n')
    // One that never ends must not fill the memory.
    this.#rest[stream] = cutText(lines.pop() ?? '')
    if (lines.length > 0) this.#push(stream, lines)
  }

  #push(stream: Stream, lines: readonly string[]): void {
    if (stream !== this.#stream) this.flush()
    this.#stream = stream
    for (const line of lines) {
      this.#lines.push(cutText(line))
      if (this.#lines.length >= MOST_LINES) this.flush()
    }
    if (this.#lines.length > 0) this.#timer ??= setTimeout(() => this.flush(), FLUSH_MS)
  }

  /** Sends what is there, so that what comes now stands behind it. */
  flush(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    if (this.#lines.length === 0) return
    this.#send({ kind: this.#stream, value: this.#lines.join('\n') })
    this.#lines = []
  }

  end(): void {
    for (const stream of ['stdout', 'stderr'] as const) {
      const rest = this.#rest[stream] + this.#decoders[stream].end()
      if (rest !== '') this.#push(stream, [rest])
    }
    this.flush()
  }
}
