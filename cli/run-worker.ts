import { rmSync, writeFileSync } from 'node:fs'
import { toMs } from '../lib/core/duration.ts'
import { DEFAULTS } from '../lib/core/options.ts'
import type { Logger } from '../lib/worker/logger.ts'
import { levelOf, type WorkerFlags } from './commands/worker-flags.ts'
import { type ExitCode, UsageError } from './exit-codes.ts'
import type { Host } from './host.ts'
import { createLog } from './log.ts'
import { Shutdown, type Stoppable } from './shutdown.ts'

/** What a command needs of a Worker, or of a WorkerPool. */
export interface Runnable extends Stoppable {
  run(): Promise<unknown>
}

/** Runs a worker, or a pool of them, until it ends or signals end it. */
export async function runWorker(
  flags: WorkerFlags,
  host: Host,
  create: (logger: Logger) => Runnable | Promise<Runnable>,
): Promise<ExitCode> {
  const log = createLog(levelOf(flags), host, flags)
  const worker = await create(log)
  const removePid = writePid(flags.pid)
  const shutdownMs = toMs(flags.shutdownTimeout ?? DEFAULTS.shutdownMs / 1000, 'shutdown timeout')
  const shutdown = new Shutdown(worker, log, host, shutdownMs)
  shutdown.start()
  try {
    await Promise.race([worker.run(), shutdown.forced])
    return shutdown.exitCode
  } finally {
    shutdown.stop()
    removePid()
  }
}

function writePid(file: string | undefined): () => void {
  if (file === undefined) return () => {}
  try {
    writeFileSync(file, `${process.pid}\n`)
  } catch (error) {
    throw new UsageError(`--pid: ${(error as Error).message}`)
  }
  return () => rmSync(file, { force: true })
}
