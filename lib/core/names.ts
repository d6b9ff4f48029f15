import { InvalidArgumentError } from './errors.ts'

const QUEUE_NAME = /^[^\s{}:\p{C}]{1,128}$/u
const JOB_ID = /^[A-Za-z0-9_.-]{1,128}$/

/** A queue's name stands in keys and in log lines: no braces, colons, spaces or control characters. */
export function checkQueueName(name: unknown): string {
  if (typeof name === 'string' && QUEUE_NAME.test(name)) return name
  throw new InvalidArgumentError(
    `queue name: expected 1 to 128 characters without braces, colons, spaces or control characters, got ${show(name)}`,
  )
}

/** A custom job id. Without one a job gets a random UUID. */
export function checkJobId(id: unknown): string {
  if (typeof id === 'string' && JOB_ID.test(id)) return id
  throw new InvalidArgumentError(
    `job id: expected 1 to 128 letters, digits, '_', '-' or '.', got ${show(id)}`,
  )
}

function show(value: unknown): string {
  return typeof value === 'string' ? JSON.stringify(value) : `${typeof value} ${String(value)}`
}
