import { readCount, readMade } from '../core/record.ts'
import type { Claimed } from '../core/store.ts'

/** Claimed jobs, as lua/lib/claim.lua writes them. */
export function readClaimed(queue: string, text: string, now: number): Claimed[] {
  const jobs: Claimed[] = []
  if (text === '') return jobs
  const values = JSON.parse(text) as (string | readonly string[])[]
  let made = readMade('')
  /** What the tokens of a run are made of; nothing where each job brings its own. */
  let claim: string | undefined
  let place = 0
  for (let i = 0; i < values.length; ) {
    const id = values[i++]!
    if (typeof id !== 'string') {
      made = readMade(id[0]!)
      claim = id[1]
      place = Number(id[2])
      continue
    }
    const token = claim === undefined ? (values[i++] as string) : `${claim}${place++}`
    const says = claim === undefined ? values[i++]! : ''
    const job = {
      id,
      queue,
      token,
      func: null as string | null,
      args: (values[i++] as string) || null,
      options: null as string | null,
      signature: undefined as string | undefined,
      attempt: 1,
      recoveries: 0,
      repetitions: 0,
      snoozes: 0,
      meta: null as string | null,
      waitedMs: 0,
      aux: false,
      alone: false,
    }
    if (typeof says === 'string') {
      if (says !== '') made = readMade(says)
      job.func = made.func
      job.waitedMs = msSince(made.createdAt, now)
    } else {
      readFields(job, says, now)
    }
    jobs.push(job)
  }
  return jobs
}

/** Whether it is the token of a job that whoever enqueued it claimed for an idle worker (lua/lib/hand.lua). */
export function isHanded(token: string): boolean {
  return token.startsWith('h')
}

/** A job that was handed over by a message, which anybody may have sent: nothing unless it is one. */
export function readHanded(queue: string, text: string): Claimed | undefined {
  try {
    const [job] = readClaimed(queue, text, 0)
    const isWhole = [job?.id, job?.token, job?.func, job?.args].every((each) => typeof each === 'string')
    return isWhole ? job : undefined
  } catch {
    return undefined
  }
}

type Writable = { -readonly [K in keyof Claimed]: Claimed[K] }

function readFields(job: Writable, record: readonly string[], now: number): void {
  let createdAt = ''
  let queuedAt = ''
  for (let f = 0; f < record.length; f += 2) {
    const value = record[f + 1]!
    if (record[f] === 'fn') ({ createdAt, func: job.func } = readMade(value))
    else if (record[f] === 'q') queuedAt = value
    else readField(job, record[f]!, value)
  }
  job.waitedMs = msSince(queuedAt || createdAt, now)
}

/** Nothing where the record does not tell. */
function msSince(text: string, now: number): number {
  const then = Number(text)
  return then > 0 && then < now ? now - then : 0
}

function readField(job: Writable, field: string, value: string): void {
  switch (field) {
    case 'args':
      job.args = value
      break
    case 'opts':
      job.options = value
      break
    case 'sg':
      job.signature = value
      break
    case 'n':
      job.attempt = readCount(value) + 1
      break
    case 'rc':
      job.recoveries = readCount(value)
      break
    case 'rp':
      job.repetitions = readCount(value)
      break
    case 'sn':
      job.snoozes = readCount(value)
      break
    case 'meta':
      job.meta = value
      break
    case 'aux':
      job.aux = true
      break
    case 'al':
      job.alone = true
      break
    case 'v':
      job.format = value
  }
}
