import { isMainThread } from 'node:worker_threads'
import { Redis } from 'ioredis'
import { currentJob } from '../../lib/run/current-job.ts'
import { pidOf } from './worker-pid.ts'

/**
 * What the jobs of a chaos run do. Each run notes itself in a ledger, a Redis that no fault strikes: a run that nobody knows of,
 * or one too many, shows there.
 */

let ledger: Redis | undefined

export function note(book: string, entry: string): Promise<number> {
  ledger ??= new Redis(process.env.FUNQ_CHAOS_LEDGER!)
  return ledger.hincrby(book, entry, 1)
}

/** Answers how many runs of this job have begun. */
export function begin(): Promise<number> {
  const { id, queue } = currentJob()!
  return note('begun', `${id}@${queue}`)
}

export async function plain(n: number): Promise<number> {
  await begin()
  return n * 2
}

export async function slow(n: number, ms: number): Promise<number> {
  await begin()
  await new Promise((resolve) => setTimeout(resolve, ms))
  return n * 2
}

export async function next(n: number): Promise<number> {
  await begin()
  return n + 1
}

/** Succeeds the n-th time it begins. */
export async function flaky(n: number): Promise<string> {
  if ((await begin()) < n) throw new Error('not yet')
  return 'at last'
}

export async function fails(): Promise<never> {
  await begin()
  throw new Error('as told')
}

export async function exits(code: number): Promise<never> {
  await begin()
  if (isMainThread && code < 0) process.kill(process.pid, 'SIGKILL')
  return process.exit(Math.abs(code))
}

export async function hangs(): Promise<never> {
  await begin()
  return new Promise(() => setInterval(() => {}, 1_000))
}

export async function spins(): Promise<never> {
  await begin()
  for (;;);
}

/** A poison pill: takes its worker down. */
export async function kills(): Promise<never> {
  await begin()
  process.kill(pidOf(currentJob()!.worker), 'SIGKILL')
  return new Promise(() => {})
}

export async function tick(): Promise<void> {
  await begin()
}

export async function told({ id, queue }: { readonly id: string; readonly queue: string }): Promise<void> {
  await begin()
  await note('told', `${id}@${queue}`)
}

export async function groupDone({
  id,
  total,
  ended,
}: {
  readonly id: string
  readonly total: number
  readonly ended: number
}) {
  await begin()
  await note('groups', `${id} ${ended}/${total}`)
}
