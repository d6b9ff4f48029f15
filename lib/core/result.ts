import type { Codec, Field } from './codec.ts'
import { SerializationError } from './errors.ts'
import { decode } from './payload.ts'

/** A job that finished, but whose return value could not be kept: the mark, then the reason. No payload begins so. */
const LOST = 'E'

export function lostResult(reason: string): string {
  return LOST + reason
}

export function isLostResult(payload: string): boolean {
  return payload.startsWith(LOST)
}

/** The value a job returned. @throws SerializationError where it finished with a value that cannot travel. */
export function decodeResult(
  payload: string,
  codec?: Codec,
  id = '',
  field: Exclude<Field, 'args'> = 'result',
): unknown {
  if (!isLostResult(payload)) return decode(payload, codec, field, id)
  throw new SerializationError(
    `the job finished, but its return value could not be kept: ${payload.slice(1)}`,
    'result',
  )
}
