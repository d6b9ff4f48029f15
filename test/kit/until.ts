import { setTimeout as delay } from 'node:timers/promises'

const EVERY_MS = 25

/** Asks a server that tells nobody of its own accord until it says so. Usable where `expect.poll` is not: before the tests run. */
export async function until(what: string, isSo: () => Promise<boolean>, withinMs = 30_000): Promise<void> {
  const deadline = performance.now() + withinMs
  while (!(await isSo())) {
    if (performance.now() > deadline) throw new Error(`expected ${what} within ${withinMs / 1000} s`)
    await delay(EVERY_MS)
  }
}
