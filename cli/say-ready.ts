import { setTimeout as sleep } from 'node:timers/promises'
import type { Readiness } from '../lib/worker/readiness.ts'
import type { Host } from './host.ts'

const LOOK_EVERY_MS = 50

/** What can be asked whether it takes jobs: a Worker, or a WorkerPool for each of its own. */
export interface Observable {
  readonly readiness: Readiness | (() => Promise<readonly Readiness[]>)
}

/** Whoever waits for it, as `rqworker start` does and pm2 with `wait_ready`, hears when all workers take jobs. @returns ends the looking */
export function sayWhenReady(worker: Observable, { sayReady }: Pick<Host, 'sayReady'>): () => void {
  if (!sayReady) return () => {}
  const over = new AbortController()
  void (async () => {
    while (!(await isReady(worker))) await sleep(LOOK_EVERY_MS, undefined, { signal: over.signal })
    sayReady()
  })().catch(() => {})
  return () => over.abort()
}

async function isReady(worker: Observable): Promise<boolean> {
  const { readiness } = worker
  const all = typeof readiness === 'function' ? await readiness.call(worker) : [readiness]
  return all.length > 0 && all.every((each) => each.isReady)
}
