import { InvalidArgumentError, InvalidJobError, SerializationError } from './errors.ts'
import { parseFunctionName } from './function-name.ts'

/** Which payload of a job a text is. A step's id is `<job id>:<step>`, for a job has many of them. */
export type Field = 'args' | 'result' | 'step'

const WHAT: Readonly<Record<Field, string>> = {
  args: 'the arguments of job',
  result: 'the result of job',
  step: 'the step',
}

/**
 * Changes how arguments, results and the values of steps stand in the store: encrypted, or compressed. Producers and workers must have
 * the same one.
 * Both functions are synchronous, as each enqueue and each run passes through them. `place` names whose payload the text is, as in
 * `args:<job id>`: bind the text to it where you can, so that it cannot be put into another job. The same text at the same place
 * should give the same answer, else each registration of a cron entry counts as a change of it.
 */
export interface Codec {
  /** @returns text on one line, without tabs */
  encode(text: string, place: string): string
  /** Undoes `encode`. @throws whatever tells why it cannot */
  decode(text: string, place: string): string
}

/** No payload begins so. Up to the semicolon stands whose text it is, where that is not the job itself. */
const MARK = 'C'
const CODED = /^C([\w.-]*);/
const UNSAFE = /[\t\n\r]/

export function isCoded(text: string): boolean {
  return CODED.test(text)
}

/**
 * What `encode()` of payload.ts gave, through the codec.
 * @param owner what the text is bound to instead of the job: a cron entry, whose jobs all have its arguments
 */
export function coded(codec: Codec, text: string, field: Field, id: string, owner = ''): string {
  if (text === '') return text
  const out: unknown = attempt(`the codec cannot encode it`, field, () =>
    codec.encode(text, placeOf(field, owner || id)),
  )
  if (typeof out === 'string' && !UNSAFE.test(out)) return `${MARK}${owner};${out}`
  const came = typeof out === 'string' ? 'text with a tab or a line break' : describe(out)
  throw new SerializationError(
    `${field}: expected codec.encode() to give text on one line, got ${came}; base64 does, and codecs are synchronous`,
    field,
  )
}

/** The text that `coded` was given. @throws InvalidJobError: a job whose payload cannot be read must not run */
export function uncoded(text: string, codec: Codec | undefined, field: Field, id: string): string {
  const [mark, owner] = CODED.exec(text) ?? []
  const what = `${WHAT[field]} ${id}`
  if (mark === undefined) throw new InvalidJobError(`expected ${what} as a codec wrote it, got damaged text`)
  if (!codec) {
    throw new InvalidJobError(
      `${what} went through a codec, and there is none here: name the one of its producers (codec, --codec, RQ_CODEC)`,
      { isUnknown: true },
    )
  }
  let out: unknown
  try {
    out = codec.decode(text.slice(mark.length), placeOf(field, owner || id))
  } catch (error) {
    const { message = String(error), isUnknown = false } = error as { message?: string; isUnknown?: boolean }
    throw new InvalidJobError(`the codec cannot decode ${what}: ${message}`, {
      cause: error,
      isUnknown: isUnknown === true,
    })
  }
  if (typeof out === 'string') return out
  throw new InvalidJobError(
    `expected codec.decode() to give the text of ${what}, got ${describe(out)}; codecs are synchronous`,
  )
}

/**
 * Arguments as they stand in a copy of a job: what is bound to the job itself is bound to the copy.
 * @throws InvalidJobError where they cannot be decoded here
 */
export function rebound(text: string, codec: Codec | undefined, id: string, copyId: string): string {
  const [mark, owner] = CODED.exec(text) ?? []
  if (mark === undefined || owner !== '') return text
  const plain = uncoded(text, codec, 'args', id)
  return coded(codec!, plain, 'args', copyId)
}

/** @throws InvalidArgumentError */
export function checkCodec(codec: unknown): Codec {
  const { encode, decode } = (codec ?? {}) as Partial<Codec>
  if (typeof encode === 'function' && typeof decode === 'function') return codec as Codec
  throw new InvalidArgumentError(
    `codec: expected an object with encode(text, place) and decode(text, place), such as encryption(secret), got ${describe(codec)}`,
  )
}

function placeOf(field: Field, owner: string): string {
  return `${field}:${owner}`
}

function attempt<T>(what: string, field: Field, run: () => T): T {
  try {
    return run()
  } catch (error) {
    throw new SerializationError(`${field}: ${what}: ${(error as Error).message}`, field, { cause: error })
  }
}

function describe(value: unknown): string {
  if (value instanceof Promise) return 'a promise'
  return value === null ? 'null' : typeof value === 'string' ? JSON.stringify(value) : typeof value
}

/** The codec of a worker, which its work-horses load. @throws InvalidArgumentError */
export function checkCodecName(codec: unknown): string {
  if (typeof codec !== 'string') {
    throw new InvalidArgumentError(
      `codec: expected the module and the export that work-horses load, as './codec#codec', got ${typeof codec}; the object itself is for queues`,
    )
  }
  parseFunctionName(codec)
  return codec
}
