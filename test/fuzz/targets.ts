import fc from 'fast-check'
import { readDefinition } from '../../lib/core/cron-definition.ts'
import { describeCall } from '../../lib/core/describe-call.ts'
import { followUpsOf } from '../../lib/core/follow-ups.ts'
import { parseFunctionName } from '../../lib/core/function-name.ts'
import { decode, encode } from '../../lib/core/payload.ts'
import { FIELDS, readOptions, readRecord } from '../../lib/core/record.ts'
import { Signer } from '../../lib/core/signature.ts'
import { InvalidArgumentError, InvalidJobError } from '../../lib/index.ts'
import { readHanded } from '../../lib/redis/claimed.ts'
import { verdict } from '../../lib/run/verdict.ts'
import { Control } from '../../lib/worker/control.ts'
import { packOrder, packReport, unpackOrder, unpackReport } from '../../lib/worker/horse/wire.ts'

/** A part of funq that reads what others have written, and what must hold for whatever that is. */
export interface Target<T = any> {
  readonly name: string
  readonly inputs: fc.Arbitrary<T>
  /** Throws where it does not hold. */
  check(input: T): void
}

const text = fc.oneof(
  fc.string(),
  fc.string({ unit: 'binary' }),
  fc.json(),
  fc.constantFrom('', '__proto__', 'constructor', '1e300', '-1', 'NaN', '0.5', '\x1b[2J', '\ud800', '\x00'),
)

/** A text that funq would write, with some of its characters replaced, dropped or doubled. */
function mutated(valid: fc.Arbitrary<string>): fc.Arbitrary<string> {
  const edit = fc.record({ at: fc.nat(2_000), drop: fc.nat(3), put: fc.oneof(fc.constant(''), text) })
  return fc.tuple(valid, fc.array(edit, { maxLength: 4 })).map(([start, edits]) =>
    edits.reduce((now, { at, drop, put }) => {
      const place = now.length === 0 ? 0 : at % (now.length + 1)
      return now.slice(0, place) + put + now.slice(place + drop)
    }, start),
  )
}

const values = fc.anything({ withDate: true, withMap: true, withSet: true, withBigInt: true, maxDepth: 3 })
const payloads = values.map((value) => {
  try {
    return encode([value], 'args')
  } catch {
    return '[]'
  }
})

const span = fc.oneof(fc.nat(), fc.constant(null), fc.jsonValue())
const options = fc
  .oneof(
    fc.jsonValue(),
    fc.record(
      {
        timeoutMs: span,
        resultTtlMs: span,
        failureTtlMs: span,
        retry: fc.oneof(
          fc.jsonValue(),
          fc.record({
            max: fc.nat(9),
            intervalsMs: fc.array(fc.oneof(fc.nat(), fc.double())),
            factor: fc.double(),
            jitter: fc.double(),
          }),
        ),
        repeat: fc.oneof(fc.jsonValue(), fc.record({ times: fc.nat(9), intervalsMs: fc.array(fc.nat()) })),
        onSuccess: fc.oneof(fc.jsonValue(), fc.record({ func: text, timeoutMs: fc.nat() })),
        webhooks: fc.oneof(
          fc.jsonValue(),
          fc.array(fc.record({ url: text, on: text, method: text, timeoutMs: fc.nat() })),
        ),
        futures: fc.oneof(fc.jsonValue(), fc.dictionary(text, text)),
        group: text,
        description: fc.jsonValue(),
      },
      { requiredKeys: [] },
    ),
  )
  .map((value) => JSON.stringify(value))

/** What is thrown for a damaged record or a wrong name, and nothing else. */
function only<T>(error: new (message: string) => Error, read: () => T): T | undefined {
  try {
    return read()
  } catch (thrown) {
    if (thrown instanceof error) return undefined
    throw thrown
  }
}

function must(holds: boolean, what: string): void {
  if (!holds) throw new Error(`expected ${what}`)
}

const job = fc.record({ id: text, func: text, args: text, options: fc.constant({}) })
const SIGNER = new Signer('a secret for the fuzz run', 'funq')

export const TARGETS: readonly Target[] = [
  {
    name: 'payloads',
    inputs: fc.oneof(
      text,
      mutated(payloads),
      text.map((rest) => `S${rest}`),
    ),
    check(input: string) {
      only(InvalidJobError, () => decode(input))
      must(typeof describeCall('./tasks#add', input) === 'string', 'a line')
      must(
        ({} as any).polluted === undefined && Object.keys(Object.prototype).length === 0,
        'a clean prototype',
      )
    },
  },
  {
    name: 'function names',
    inputs: fc.oneof(
      text,
      mutated(fc.constantFrom('./tasks#add', './a/b#User.prototype.go', '@scope/pkg/sub#send')),
    ),
    check(input: string) {
      const name = only(InvalidArgumentError, () => parseFunctionName(input))
      if (!name) return
      must(
        !name.module.split('/').includes('..') && !/^(\/|\w+:)|\\|\p{Cc}/u.test(name.module),
        'a module below the root',
      )
      must(!name.exportPath.some((word) => word === '__proto__' || word === 'constructor'), 'own exports')
    },
  },
  {
    name: 'records',
    inputs: fc.dictionary(fc.constantFrom(...Object.keys(FIELDS)), fc.oneof(text, options)),
    check(input: Record<string, string>) {
      const record = only(InvalidJobError, () => readRecord('id', 'q', input))
      if (!record) return
      must([record.attempt, record.recoveries, record.requeues].every(Number.isSafeInteger), 'counts')
      must(Number.isFinite(new Date(record.createdAt).getTime()), 'a time')
      must(Array.isArray(followUpsOf({ ...record, status: 'finished' })), 'follow-ups')
    },
  },
  {
    name: 'options',
    inputs: fc.tuple(
      fc.oneof(text, options, mutated(options)),
      fc.nat(20),
      fc.constantFrom('finished', 'failed', 'retry'),
    ),
    check([json, attempt, kind]: [string, number, string]) {
      const read = only(InvalidJobError, () => readOptions('id', json))
      if (!read) return
      const error = '{"name":"Error","message":"x"}'
      const outcome =
        kind === 'finished' ? { kind, result: '1', ms: 1 } : { kind, error, permanent: false, ms: 1 }
      const { ttl } = verdict(read, { attempt, snoozes: 0, repetitions: attempt }, outcome as never)
      must(Number.isSafeInteger(ttl) && ttl >= -1, `a time to live, got ${ttl}`)
    },
  },
  {
    name: 'messages to a worker',
    inputs: fc.oneof(
      text,
      mutated(
        fc.constantFrom(
          'stop id@q',
          'shutdown',
          'kill-horse',
          'pause q',
          'suspend',
          'resume',
          'job q ["i","1:2","./t#f","[]",["opts","{}","n","1"]]',
        ),
      ),
    ),
    check(input: string) {
      const nothing = () => {}
      new Control({
        isNamed: () => true,
        shutdown: nothing,
        killHorse: nothing,
        quiet: nothing,
        stopJob: (id) => must(typeof id === 'string', 'an id'),
        handed: (queue, job) => {
          const read = readHanded(queue, job)
          must(read === undefined || typeof read.id === 'string', 'a job or nothing')
        },
        paused: (queue) => must(typeof queue === 'string', 'a queue'),
        changed: nothing,
      }).receive(input)
    },
  },
  {
    name: 'lines of the wire',
    inputs: fc.record({ func: text, args: text, meta: text, attempt: fc.nat(), result: text }),
    check({ func, args, meta, attempt, result }) {
      const assignment = {
        ...{
          id: 'id',
          queue: 'q',
          func,
          args,
          attempt,
          recoveries: 0,
          timeoutMs: null,
          resultLimit: 1,
          worker: 'w',
        },
        ...(meta !== '' && { meta }),
      }
      const order = { kind: 'run', jobs: [[1, assignment]] } as const
      const line = packOrder(order)
      must(line.indexOf('\n') === line.length - 1, 'one line')
      must(JSON.stringify(unpackOrder(line.slice(0, -1))) === JSON.stringify(order), 'the same job')
      const report = {
        kind: 'outcome',
        ticket: 1,
        outcome: { kind: 'finished', ms: 1, result: JSON.stringify(result) },
      } as const
      must(
        JSON.stringify(unpackReport(packReport(report).slice(0, -1))) === JSON.stringify(report),
        'the same outcome',
      )
    },
  },
  {
    name: 'signatures',
    inputs: fc.tuple(job, job, text),
    check([one, other, forged]) {
      const signed = SIGNER.signed('q', one)
      must(SIGNER.isJob('q', signed), 'its own signature to fit')
      must(!SIGNER.isJob('q', { ...signed, signature: forged }), 'a forged one not to')
      const same = JSON.stringify(one) === JSON.stringify(other)
      must(
        SIGNER.isJob('q', { ...other, signature: signed.signature }) === same,
        'that of another job not to',
      )
      must(!SIGNER.isJob('r', signed), 'that of another queue not to')
    },
  },
  {
    name: 'cron definitions',
    inputs: fc.oneof(
      text,
      fc
        .record({ rev: text, queue: text, schedule: fc.jsonValue(), job: fc.jsonValue() })
        .map((each) => JSON.stringify(each)),
    ),
    check(input: string) {
      only(InvalidJobError, () => readDefinition('e', input))
    },
  },
]

/** A whole record as whoever can write to Redis may leave it, for a live worker. */
export const forgedRecords = fc.record(
  {
    fn: fc.oneof(fc.constantFrom('1000 ./tasks#add', '1000 ./tasks#fail', './tasks#echo'), text),
    args: fc.oneof({ weight: 2, arbitrary: mutated(payloads) }, { weight: 1, arbitrary: text }),
    opts: options,
    ...Object.fromEntries(
      Object.keys(FIELDS)
        .filter((field) => !['fn', 'args', 'opts', 'st'].includes(field))
        .map((field) => [field, text]),
    ),
  },
  { requiredKeys: ['fn', 'args'] },
) as fc.Arbitrary<Record<string, string>>
