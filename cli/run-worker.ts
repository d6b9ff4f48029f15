import { rmSync, writeFileSync } from 'node:fs'
import { toMs } from '../lib/core/duration.ts'
import { DEFAULTS } from '../lib/core/options.ts'
import type { WorkerOptions } from '../lib/worker/worker.ts'
import { levelOf, placeOf, toOptions, type WorkerFlags } from './commands/worker-flags.ts'
import { readSettings, type Settings } from './config/settings.ts'
import { type ExitCode, UsageError } from './exit-codes.ts'
import type { Host } from './host.ts'
import { createLog } from './log.ts'
import { Shutdown, type Stoppable } from './shutdown.ts'

/** What a command needs of a Worker, or of a WorkerPool. */
export interface Runnable extends Stoppable {
  run(): Promise<unknown>
}

/**
 * Runs a worker, or a pool of them, until it ends or signals end it.
 * @param create is given the options of the flags, the environment and the config file
 */
export async function runWorker(
  flags: WorkerFlags,
  host: Host,
  create: (settings: Settings, options: WorkerOptions) => Runnable | Promise<Runnable>,
): Promise<ExitCode> {
  const log = createLog(levelOf(flags), host, flags)
  const settings = await readSettings(flags, host)
  const options = { ...settings.worker, ...toOptions(flags), ...placeOf(settings), logger: log }
  const worker = await create(settings, options)
  const removePid = writePid(flags.pid)
  const shutdownMs = toMs(options.shutdownTimeout ?? DEFAULTS.shutdownMs / 1000, 'shutdown timeout')
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
