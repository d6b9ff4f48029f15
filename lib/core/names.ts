import { InvalidArgumentError } from './errors.ts'

// In the path of an address `.` and `..` are no names: browsers and proxies resolve them, however they are written.
const QUEUE_NAME = /^(?!\.\.?$)[^\s{}:*!\p{C}]{1,128}$/u
const JOB_ID = /^(?!\.\.?$)[A-Za-z0-9_.-]{1,128}$/

/** A queue's name stands in keys and in log lines: no braces, colons, spaces or control characters; nor what a worker's globs are made of. */
export function checkQueueName(name: unknown): string {
  if (typeof name === 'string' && QUEUE_NAME.test(name)) return name
  throw new InvalidArgumentError(
    `queue name: expected 1 to 128 characters without braces, colons, asterisks, exclamation marks, spaces or control characters, and neither '.' nor '..', got ${show(name)}`,
  )
}

/** A custom job id. Without one a job gets a random UUID. */
export function checkJobId(id: unknown): string {
  if (typeof id === 'string' && JOB_ID.test(id)) return id
  throw new InvalidArgumentError(
    `job id: expected 1 to 128 letters, digits, '_', '-' or '.', and neither '.' nor '..', got ${show(id)}`,
  )
}

const TAG = /^[^\s\p{C}](?:[^\p{C}]{0,62}[^\s\p{C}])?$/u
const MOST_TAGS = 20

/** Words that a job is found by, each once. */
export function checkTags(tags: unknown): readonly string[] {
  if (!Array.isArray(tags) || tags.length > MOST_TAGS) {
    const got = Array.isArray(tags) ? `${tags.length} of them` : show(tags)
    throw new InvalidArgumentError(`tags: expected a list of at most ${MOST_TAGS} words, got ${got}`)
  }
  const wrong = tags.find((tag) => typeof tag !== 'string' || !TAG.test(tag))
  if (wrong === undefined) return [...new Set(tags as string[])]
  throw new InvalidArgumentError(
    `tags: expected words of 1 to 64 characters without control characters, got ${show(wrong)}`,
  )
}

function show(value: unknown): string {
  return typeof value === 'string' ? JSON.stringify(value) : `${typeof value} ${String(value)}`
}
