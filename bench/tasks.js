// Plain JavaScript: work-horses load it as they would a compiled application, with no TypeScript loader in the figures.

import { setTimeout as pause } from 'node:timers/promises'

/** The job that every library runs. It answers something, so that storing and sending a result is measured too. */
export async function noop() {
  return 1
}

/** A job that waits for something else for 1 ms, as most jobs of applications do for longer. */
export async function wait1() {
  await pause(1)
  return 1
}

export async function wait10() {
  await pause(10)
  return 1
}
