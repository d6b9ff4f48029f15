import { inspect } from 'node:util'

/** An error as data: what a store keeps of it, and what the other side shows. */
export interface RemoteError {
  readonly name: string
  readonly message: string
  readonly stack?: string
  readonly code?: string | number
  readonly cause?: RemoteError
  /** The errors of an AggregateError. */
  readonly errors?: readonly RemoteError[]
}

/** Longest name, message or stack kept, in characters. */
const TEXT_LIMIT = 10_000
/** Most errors described in one tree of causes and aggregates: cycles end here too. */
const NODE_LIMIT = 10

/**
 * Describes whatever was thrown. Long texts are cut to 10,000 characters, the tree of causes to 10 errors.
 * Never throws: a job's error may have hostile getters, or be no error at all.
 */
export function describeError(thrown: unknown): RemoteError {
  return describe(thrown, { left: NODE_LIMIT })
}

/** The JSON of an error that stands for what happened to a job, not for a place in the code: its stack would mislead. */
export function describeEvent(error: Error): string {
  return JSON.stringify({ ...describeError(error), stack: undefined })
}

/** The classes that an error is of, the nearest first, below Error; but for one that is named as the error is. */
export function classNames(thrown: unknown): string[] {
  const names: string[] = []
  if (typeof thrown !== 'object' || thrown === null) return names
  const own = read(thrown, 'name')
  try {
    let type = thrown
    for (let depth = 0; depth < NODE_LIMIT; depth += 1) {
      type = Object.getPrototypeOf(type)
      const name = read(read(type, 'constructor'), 'name')
      if (typeof name !== 'string' || name === 'Error' || name === 'Object') break
      if (name !== own && name !== '') names.push(cutText(name))
    }
  } catch {
    // The chain has ended, or a hostile proxy cuts it.
  }
  return names
}

/** An Error that shows the remote one: its name, message, stack, code and causes. */
export function reviveError(remote: RemoteError): Error {
  const options = remote.cause === undefined ? undefined : { cause: reviveError(remote.cause) }
  const error =
    remote.errors === undefined
      ? new Error(remote.message, options)
      : new AggregateError(remote.errors.map(reviveError), remote.message, options)
  define(error, 'name', remote.name)
  define(error, 'stack', remote.stack ?? `${remote.name}: ${remote.message}`)
  if (remote.code !== undefined) Object.assign(error, { code: remote.code })
  return error
}

/** Cuts a text that is too long to keep, and says so at its end. */
export function cutText(text: string): string {
  const cut = text.length <= TEXT_LIMIT ? text : `${text.slice(0, TEXT_LIMIT)}… (${text.length} characters)`
  // Half of an emoji is refused by the scripts' JSON, and with it all that is told in the same call.
  return cut.toWellFormed()
}

function describe(thrown: unknown, nodes: { left: number }): RemoteError {
  nodes.left -= 1
  const message = read(thrown, 'message')
  if (typeof message !== 'string') return { name: 'Error', message: cutText(`thrown: ${show(thrown)}`) }
  const name = read(thrown, 'name')
  const stack = read(thrown, 'stack')
  const code = read(thrown, 'code')
  const errors = describeAll(read(thrown, 'errors'), nodes)
  const cause = read(thrown, 'cause')
  return {
    name: typeof name === 'string' && name !== '' ? cutText(name) : 'Error',
    message: cutText(message),
    ...(typeof stack === 'string' && { stack: cutText(stack) }),
    ...(typeof code === 'string' && { code: cutText(code) }),
    ...(typeof code === 'number' && { code }),
    ...(errors.length > 0 && { errors }),
    ...(cause !== undefined && nodes.left > 0 && { cause: describe(cause, nodes) }),
  }
}

function describeAll(list: unknown, nodes: { left: number }): RemoteError[] {
  const described: RemoteError[] = []
  const length = read(list, 'length')
  for (let index = 0; typeof length === 'number' && index < length && nodes.left > 0; index += 1) {
    described.push(describe(read(list, index), nodes))
  }
  return described
}

function read(target: unknown, key: string | number): unknown {
  if ((typeof target !== 'object' && typeof target !== 'function') || target === null) return undefined
  try {
    return (target as Record<string | number, unknown>)[key]
  } catch {
    return undefined
  }
}

function show(value: unknown): string {
  if (typeof value === 'string') return value
  try {
    return inspect(value, { depth: 2, customInspect: false, maxArrayLength: 20, maxStringLength: TEXT_LIMIT })
  } catch {
    return `a ${typeof value} that cannot be shown`
  }
}

function define(error: Error, key: string, value: string): void {
  Object.defineProperty(error, key, { value, writable: true, configurable: true, enumerable: false })
}
