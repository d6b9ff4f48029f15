import { InvalidArgumentError } from './errors.ts'
import { parseExactly, writeExactly } from './exact-json.ts'
import { DEFAULTS } from './options.ts'
import { checkSize, refusePrototypeKeys } from './payload.ts'

/**
 * Encoded arguments from JSON that somebody typed. Only JSON, and no digit less: whether a number is too long for JavaScript is for the
 * function to say, as with any producer.
 * @throws InvalidArgumentError, PayloadTooLargeError
 */
export function typedArguments(json: string): string {
  let args: unknown
  try {
    args = parseExactly(json)
  } catch (error) {
    throw new InvalidArgumentError(
      `arguments: expected a JSON list such as [1, "two"]: ${(error as Error).message}`,
    )
  }
  if (!Array.isArray(args))
    throw new InvalidArgumentError(`arguments: expected a JSON list such as [1, "two"], got ${typeof args}`)
  const text = writeExactly(args)
  try {
    refusePrototypeKeys(args)
  } catch (error) {
    throw new InvalidArgumentError(`arguments: ${(error as Error).message}`)
  }
  checkSize(text, DEFAULTS.payloadLimit, 'arguments')
  return text
}
