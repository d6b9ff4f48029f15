import { RunContext } from './context.ts'
import { currentJob } from './current-job.ts'

type Write = typeof process.stdout.write

/** What stood there before, while anybody captures. */
const originals = new Map<'stdout' | 'stderr', Write>()
let users = 0

/**
 * Has every job of this process that is to keep it hear what it prints, by console or by process.stdout and process.stderr; it goes
 * to the terminal as before. What a subprocess or native code writes is not seen, nor what is written to the file descriptors
 * themselves. Answers a function that ends it.
 */
export function captureOutput(): () => void {
  if (users++ === 0) {
    wrap('stdout')
    wrap('stderr')
  }
  let isOver = false
  return () => {
    if (isOver) return
    isOver = true
    if (--users > 0) return
    for (const [name, write] of originals) process[name].write = write
    originals.clear()
  }
}

function wrap(name: 'stdout' | 'stderr'): void {
  const stream = process[name]
  const { write } = stream
  originals.set(name, write)
  stream.write = ((chunk: string | Uint8Array, ...rest: []) => {
    const job = currentJob()
    if (job instanceof RunContext) job.print(name, chunk)
    return write.call(stream, chunk, ...rest)
  }) as Write
}
