import type { Logger } from '../lib/worker/logger.ts'
import type { Host, HostSignal } from './host.ts'

/** What a worker, or a pool of them, can be told while it works. */
export interface Directable {
  pause(): void
  resume(): void
  killRunning(): unknown
  tellRunning(): void
}

/** Turns Resque's signals, and Sidekiq's TTIN, into what they ask for. @returns stops listening */
export function obeySignals(worker: Directable, log: Logger, { signals }: Pick<Host, 'signals'>): () => void {
  let isPaused = false
  const orders: Partial<Record<HostSignal, () => void>> = {
    // Node would open its debugger; with a listener it does not.
    SIGUSR1: () => {
      log.info('SIGUSR1: killing what runs')
      worker.killRunning()
    },
    SIGUSR2: () => {
      log.info('SIGUSR2: paused, SIGCONT resumes')
      isPaused = true
      worker.pause()
    },
    SIGCONT: () => {
      // systemd and timeout send it with each SIGTERM, for processes that were stopped.
      if (isPaused) log.info('SIGCONT: resumed')
      isPaused = false
      worker.resume()
    },
    SIGTTIN: () => worker.tellRunning(),
  }
  const listening = Object.entries(orders) as [HostSignal, () => void][]
  for (const [signal, obey] of listening) signals.on(signal, obey)
  return () => {
    for (const [signal, obey] of listening) signals.off(signal, obey)
  }
}
