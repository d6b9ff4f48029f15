import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { createInterface } from 'node:readline'

const require = createRequire(import.meta.url)

export interface WorkerProcess {
  /** All that it has logged so far. */
  readonly log: readonly string[]
  /** Rejects if the worker ends before it is told to. */
  readonly crashed: Promise<never>
  /** Warm: what runs may finish. */
  stop(): Promise<void>
}

/** Starts `rqworker low default` in a process of its own, as you would in another terminal. */
export function startWorker(redisUrl: string): WorkerProcess {
  const manifest = require.resolve('funq/package.json')
  const rqworker = join(dirname(manifest), require(manifest).bin.rqworker)
  const child = spawn(process.execPath, [rqworker, 'low', 'default', '--url', redisUrl], {
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const log: string[] = []
  for (const stream of [child.stdout, child.stderr]) {
    createInterface({ input: stream }).on('line', (line) => log.push(line))
  }
  const ended = once(child, 'close')
  let told = false
  const crashed = ended.then(([code, signal]) => {
    // Once it was told to stop, its end is no news: nobody waits for this any more.
    if (told) return new Promise<never>(() => {})
    throw new Error(`the worker ended with ${code ?? signal}:\n${log.slice(-20).join('\n')}`)
  })
  crashed.catch(() => {})
  return {
    log,
    crashed,
    async stop() {
      told = true
      child.kill('SIGTERM')
      await ended
    },
  }
}
