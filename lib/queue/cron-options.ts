import { createHash } from 'node:crypto'
import { type Codec, coded } from '../core/codec.ts'
import type { CronDefinition, Missed, Overlap } from '../core/cron-definition.ts'
import { type CronSchedule, checkPattern } from '../core/cron-schedule.ts'
import { checkKnown, didYouMean } from '../core/did-you-mean.ts'
import { type Duration, toMs, toTime } from '../core/duration.ts'
import { InvalidArgumentError } from '../core/errors.ts'
import { checkQueueName } from '../core/names.ts'
import { checkOptions, DEFAULTS, JOB_OPTION_NAMES, type JobOptions } from '../core/options.ts'
import { checkSize, encode } from '../core/payload.ts'
import type { NewJob } from '../core/store.ts'
import { type Call, functionName, takeFutures } from './call.ts'
import { type CallbackOptions, toStoredCallbacks } from './callback.ts'
import { FAILURE_HOOK, toNewJob } from './new-job.ts'
import { unfold } from './runnable.ts'
import type { FuncWithArgs, Runnable } from './task-types.ts'

/** One cron entry, to be registered. */
export type CronOptions<F extends Runnable = Runnable> = CronEntryOptions & FuncWithArgs<F>

/** Beside what is below an entry takes what every job of it shall have. */
export interface CronEntryOptions extends Omit<JobOptions, 'id' | 'at' | 'in'> {
  /** Unique among all entries: up to 100 letters, digits, `_`, `-`, `.`. */
  readonly name: string
  /** Five fields, six with seconds first, or a nickname: `'0 3 * * *'`, `'@daily'`. Either this or `every`. */
  readonly cron?: string
  /** The time from one slot to the next, at least 100 ms. The first is at once, or at `startAt`. */
  readonly every?: Duration
  /** The IANA zone that `cron` is meant in. @default 'UTC' */
  readonly timezone?: string
  /** @default 'default' */
  readonly queue?: string
  /**
   * What becomes of slots that passed while no worker was there: `once` gives one job for the latest of them, `skip` the same
   * unless that is later than `graceTime`, `all` gives each its job. @default 'once'
   */
  readonly missed?: Missed
  /** How late a job may be with `missed: 'skip'`. @default 60 s */
  readonly graceTime?: Duration
  /** `skip`: a slot gets no job while the one before it has not ended. @default 'allow' */
  readonly overlap?: Overlap
  /** No slot before this time: a Date, or milliseconds since 1970. */
  readonly startAt?: Date | number
  /** No slot after this time. */
  readonly endAt?: Date | number
  /** How many jobs there will be in all. @default no limit */
  readonly times?: number
}

const NAME = /^(?!\.\.?$)[A-Za-z0-9_.-]{1,100}$/
const SHORTEST_INTERVAL_MS = 100
const GRACE_MS = 60_000
const MISSED = ['once', 'skip', 'all'] as const
const OVERLAP = ['allow', 'skip'] as const
const OWN = [
  'name',
  'cron',
  'every',
  'timezone',
  'queue',
  'func',
  'args',
  'missed',
  'graceTime',
  'overlap',
  'startAt',
  'endAt',
  'times',
] as const satisfies (keyof CronOptions)[]
const REFUSED = ['id', 'at', 'in']
const KNOWN = [...OWN, ...JOB_OPTION_NAMES.filter((name) => !REFUSED.includes(name))]

/**
 * Checks an entry and puts it into the form that is stored. Redis is not asked.
 * @throws InvalidArgumentError, UnnamableFunctionError, SerializationError, PayloadTooLargeError
 */
export async function toDefinition(given: CronOptions, codec?: Codec): Promise<CronDefinition> {
  if (typeof given !== 'object' || given === null)
    throw new InvalidArgumentError(`expected a cron entry such as { name, cron, func }, got ${String(given)}`)
  checkKnown(given, KNOWN)
  const name = checkCronName(given.name)
  try {
    return await definitionOf(name, given, codec)
  } catch (error) {
    // Of a list it is told which one.
    if (error instanceof Error) error.message = `cron entry ${name}: ${error.message}`
    throw error
  }
}

async function definitionOf(name: string, given: CronOptions, codec?: Codec): Promise<CronDefinition> {
  const { queue = 'default', func, args = [], missed = 'once', graceTime, overlap = 'allow' } = given
  const options = Object.entries(given).filter(([option]) => !(OWN as readonly string[]).includes(option))
  const schedule = toSchedule(given)
  const {
    id: _,
    ownId: __,
    ...job
  } = await toJob({ func, args, options: Object.fromEntries(options) }, name, codec)
  const entry = {
    name,
    queue: checkQueueName(queue),
    schedule,
    missed: oneOf(MISSED, missed, 'missed'),
    graceMs: graceTime === undefined ? GRACE_MS : toMs(graceTime, 'graceTime'),
    overlap: oneOf(OVERLAP, overlap, 'overlap'),
    job,
  }
  return { rev: `${hash(schedule)}.${hash(entry)}`, ...entry }
}

/** With what its class or object says of all its jobs. Its hooks around an enqueue are not called: a worker enqueues it, who may not have it. */
async function toJob(given: Call, name: string, codec: Codec | undefined): Promise<NewJob> {
  if (!Array.isArray(given.args))
    throw new InvalidArgumentError(`args: expected a list of arguments, got ${typeof given.args}`)
  const { call, hearsFailure } = await unfold(given)
  const { onSuccess, onFailure, onStopped, ...options } = call.options
  const callbacks = await toStoredCallbacks({ onSuccess, onFailure, onStopped } as CallbackOptions)
  return toNewJob(
    await functionName(call.func),
    encodeArgs(call.args, name, codec),
    checkOptions(options),
    undefined,
    undefined,
    { ...callbacks, ...(hearsFailure && FAILURE_HOOK) },
  )
}

/** When an entry fires, as it is registered. */
export type ScheduleOptions = Pick<CronOptions, 'cron' | 'every' | 'timezone' | 'startAt' | 'endAt' | 'times'>

/** The same entry with another schedule. @throws InvalidArgumentError */
export function withSchedule(definition: CronDefinition, given: ScheduleOptions): CronDefinition {
  const { rev: _, signature: __, ...entry } = definition
  const schedule = toSchedule(given)
  const changed = { ...entry, schedule }
  return { rev: `${hash(schedule)}.${hash(changed)}`, ...changed }
}

function toSchedule({ cron, every, timezone, startAt, endAt, times }: ScheduleOptions): CronSchedule {
  const when = {
    ...(startAt !== undefined && { startAt: toTime(startAt, 'startAt') }),
    ...(endAt !== undefined && { endAt: toTime(endAt, 'endAt') }),
    ...(times !== undefined && { times: toTimes(times) }),
  }
  if (when.startAt !== undefined && when.endAt !== undefined && when.endAt < when.startAt)
    throw new InvalidArgumentError('endAt: expected a time after startAt, got one before it')
  if ((cron === undefined) === (every === undefined)) {
    const came = cron === undefined ? 'neither' : 'both'
    throw new InvalidArgumentError(`expected either cron or every, got ${came}`)
  }
  if (cron !== undefined) {
    const pattern = { cron, timezone: timezone ?? 'UTC' }
    checkPattern(pattern)
    return { ...pattern, ...when }
  }
  if (timezone !== undefined)
    throw new InvalidArgumentError('timezone: expected it beside cron, got it beside every; leave it out')
  const everyMs = toMs(every!, 'every')
  if (everyMs < SHORTEST_INTERVAL_MS)
    throw new InvalidArgumentError(
      `every: expected at least ${SHORTEST_INTERVAL_MS} ms, got ${JSON.stringify(every)}`,
    )
  return { everyMs, ...when }
}

function encodeArgs(args: readonly unknown[], name: string, codec: Codec | undefined): string {
  if (takeFutures(args).futures)
    throw new InvalidArgumentError(
      'args: expected values, got a Job, which has one result and not one a slot; enqueue it in the function itself',
    )
  const text = encode(args, 'args')
  const encoded = codec ? coded(codec, text, 'args', '', `cron-${name}`) : text
  checkSize(encoded, DEFAULTS.payloadLimit, 'arguments')
  return encoded
}

/** @throws InvalidArgumentError */
export function checkCronName(name: unknown): string {
  if (typeof name === 'string' && NAME.test(name)) return name
  throw new InvalidArgumentError(
    `name: expected 1 to 100 letters, digits, '_', '-' or '.', and neither '.' nor '..', got ${typeof name === 'string' ? JSON.stringify(name) : String(name)}`,
  )
}

function toTimes(value: unknown): number {
  if (Number.isSafeInteger(value) && (value as number) > 0) return value as number
  throw new InvalidArgumentError(`times: expected a whole number of at least 1, got ${String(value)}`)
}

function oneOf<W extends string>(words: readonly W[], value: unknown, what: string): W {
  const found = words.find((word) => word === value)
  if (found !== undefined) return found
  const given = String(value)
  throw new InvalidArgumentError(
    `${what}: expected one of ${words.join(', ')}, got '${given}'.${didYouMean(given, words)}`,
  )
}

/** Equal for equal definitions, whoever registers them: keys stand in the order that is written above. */
function hash(value: object): string {
  return createHash('sha256').update(JSON.stringify(value)).digest('hex').slice(0, 16)
}
