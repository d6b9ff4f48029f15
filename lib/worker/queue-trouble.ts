import { FunqError, InvalidArgumentError } from '../core/errors.ts'

/** Whether an error may lie in one queue's data, as where something else wrote to its keys: the other queues can be worked all the same. */
export function isOfOneQueue(error: unknown): boolean {
  return error instanceof InvalidArgumentError || !(error instanceof FunqError)
}
