import { type RemoteError, reviveError } from '../core/remote-error.ts'

/** The error that a store keeps with a job, as an Error. Of a damaged one, whatever there is to read. */
export function reviveStored(json: string): Error {
  try {
    return reviveError(JSON.parse(json) as RemoteError)
  } catch {
    return new Error(json)
  }
}
