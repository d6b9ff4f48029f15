const FLUSH_EVERY_MS = 20
const FLUSH_AT_CHARS = 64 * 1024
/** A reader that stands still must cost a worker neither its memory nor its pace. */
const HELD_CHARS = 16 * 1024 * 1024

/** What `Output` needs of process.stdout and process.stderr. */
export interface TextStream {
  readonly isTTY?: boolean
  readonly columns?: number
  write(text: string, done: (error?: Error | null) => void): unknown
  on(event: 'error', listener: (error: Error) => void): unknown
}

interface Piece {
  readonly stream: TextStream
  readonly owed: boolean
  text: string
}

/**
 * All that a command writes, collected and written in large pieces: every 20 ms or 64 KiB, whichever is first. What goes
 * to stdout and to stderr keeps its order, for both are often one terminal or file. Answers come whole, however slow their
 * reader is; lines that come without end are dropped where he is too slow for them.
 */
export class Output {
  readonly stdout: TextStream
  readonly stderr: TextStream
  #pieces: Piece[] = []
  #held = 0
  /** Of that, what must not be lost. */
  #owed = 0
  #dropped = 0
  readonly #unread = new AbortController()
  #timer: NodeJS.Timeout | undefined
  #draining: Promise<void> | undefined

  constructor(stdout: TextStream, stderr: TextStream) {
    this.stdout = stdout
    this.stderr = stderr
    // A reader that left, as in `rqworker | head`, is no reason for a worker to end. Each write tells its own error.
    for (const stream of new Set([stdout, stderr])) stream.on('error', () => {})
  }

  /** What was asked for: never dropped. */
  out(text: string): void {
    this.#owed += text.length
    this.#add(this.stdout, text, true)
  }

  err(text: string): void {
    this.#add(this.stderr, text, false)
  }

  /** One of many lines, to stdout or to stderr. */
  line(text: string, stream = this.stdout): void {
    if (this.#held + text.length > HELD_CHARS) this.#dropped++
    else this.#add(stream, text, false)
  }

  /** Whether some of what was asked for is not written yet. */
  get isBehind(): boolean {
    return this.#owed > 0
  }

  /** Aborted once nobody reads stdout any more. */
  get unread(): AbortSignal {
    return this.#unread.signal
  }

  /** Resolves when all has been written; where nobody reads, after `limitMs`, if only lines and words to stderr are left. */
  async flush(limitMs = 2_000): Promise<void> {
    let timer: NodeJS.Timeout | undefined
    const limit = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, limitMs)
    })
    await Promise.race([this.#drained(), limit])
    clearTimeout(timer)
    while (this.isBehind) {
      this.#startDrain()
      await this.#draining
    }
  }

  /** Hands all over to the streams at once; for the exit of the process, when nothing can be awaited any more. */
  flushNow(): void {
    clearTimeout(this.#timer)
    for (const { stream, text } of this.#takePieces()) stream.write(text, () => {})
  }

  #add(stream: TextStream, text: string, owed: boolean): void {
    this.#held += text.length
    const last = this.#pieces.at(-1)
    if (last?.stream === stream && last.owed === owed) last.text += text
    else this.#pieces.push({ stream, text, owed })
    if (this.#draining !== undefined) return
    if (this.#held >= FLUSH_AT_CHARS) this.#startDrain()
    else this.#timer ??= setTimeout(() => this.#startDrain(), FLUSH_EVERY_MS)
  }

  async #drained(): Promise<void> {
    while (this.#pieces.length > 0 || this.#draining) {
      this.#startDrain()
      await this.#draining
    }
  }

  #startDrain(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    this.#draining ??= this.#drain().finally(() => {
      this.#draining = undefined
      if (this.#pieces.length > 0) this.#timer ??= setTimeout(() => this.#startDrain(), FLUSH_EVERY_MS)
    })
  }

  async #drain(): Promise<void> {
    do {
      for (const { stream, text, owed } of this.#takePieces()) {
        const error = await new Promise<NodeJS.ErrnoException | null | undefined>((resolve) =>
          stream.write(text, resolve),
        )
        this.#held -= text.length
        if (owed) this.#owed -= text.length
        if (error?.code === 'EPIPE' && stream === this.stdout) this.#unread.abort()
      }
    } while (this.#held >= FLUSH_AT_CHARS)
  }

  #takePieces(): Piece[] {
    const pieces = this.#pieces
    this.#pieces = []
    if (this.#dropped > 0) {
      const text = `${this.#dropped} lines were dropped: whoever reads them is too slow\n`
      pieces.push({ stream: this.stderr, text, owed: false })
      this.#held += text.length
      this.#dropped = 0
    }
    return pieces
  }
}
