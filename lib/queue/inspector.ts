import type { Debugger, Runtime, Session } from 'node:inspector'
import type { Callable } from '../run/exports.ts'

type Inspector = typeof import('node:inspector')

/** Where V8 says that a function comes from. */
export type Origin =
  | { readonly kind: 'script'; readonly url: string }
  | { readonly kind: 'bound' | 'proxy' | 'native' | 'unavailable' }

const HANDLE = Symbol.for('funq.inspected')
// Through the Session class and not through a global: a test runner may run this file in a context with globals of its
// own, while the expression is evaluated in the main one.
const EXPRESSION = `process.getBuiltinModule('node:inspector').Session[Symbol.for('funq.inspected')]`
const GROUP = 'funq'

let inspector: Inspector | undefined
let session: Session | undefined
let urls: ReadonlyMap<string, string> = new Map()

/** Asks V8 where a function was defined. Pauses nothing, and leaves an attached debugger alone. */
export function originOf(fn: Callable): Origin {
  const connected = connect()
  if (connected === undefined) return { kind: 'unavailable' }
  const properties = internalProperties(connected, fn)
  if (properties === undefined) return { kind: 'unavailable' }
  const has = (name: string) => properties.some((property) => property.name === name)
  if (has('[[TargetFunction]]')) return { kind: 'bound' }
  if (has('[[Handler]]')) return { kind: 'proxy' }
  const location = properties.find((property) => property.name === '[[FunctionLocation]]')?.value?.value as
    | Debugger.Location
    | undefined
  if (location === undefined) return { kind: 'native' }
  if (!urls.has(location.scriptId)) urls = scriptUrls(connected)
  return { kind: 'script', url: urls.get(location.scriptId) ?? '' }
}

/** Missing in other runtimes, in builds without it, and where permissions forbid it. */
function connect(): Session | undefined {
  if (session !== undefined) return session
  try {
    inspector = process.getBuiltinModule('node:inspector')
    const opened = new inspector.Session()
    opened.connect()
    session = opened
  } catch {
    return undefined
  }
  return session
}

/** Undefined in runtimes whose inspector is there and does not answer. */
function internalProperties(
  connected: Session,
  fn: Callable,
): Runtime.InternalPropertyDescriptor[] | undefined {
  const carrier = inspector!.Session as unknown as { [HANDLE]?: Callable }
  carrier[HANDLE] = fn
  try {
    const { result } = post<Runtime.EvaluateReturnType>(connected, 'Runtime.evaluate', {
      expression: EXPRESSION,
      objectGroup: GROUP,
      silent: true,
    })
    const { internalProperties } = post<Runtime.GetPropertiesReturnType>(connected, 'Runtime.getProperties', {
      objectId: result.objectId,
      ownProperties: true,
    })
    post(connected, 'Runtime.releaseObjectGroup', { objectGroup: GROUP })
    return internalProperties ?? []
  } catch {
    return undefined
  } finally {
    delete carrier[HANDLE]
  }
}

/**
 * The URL of every script that is alive. `Debugger.enable` reports them all and costs 1–2 ms; while it stays enabled
 * each await costs eight times as much, so it is disabled at once.
 */
function scriptUrls(connected: Session): ReadonlyMap<string, string> {
  const found = new Map<string, string>()
  const note = ({ params }: { params: Debugger.ScriptParsedEventDataType }) => {
    if (params.url !== '') found.set(params.scriptId, params.url)
  }
  connected.on('Debugger.scriptParsed', note)
  try {
    post(connected, 'Debugger.enable')
  } finally {
    post(connected, 'Debugger.disable')
    connected.off('Debugger.scriptParsed', note)
  }
  return found
}

/** A session of one's own thread answers before `post` returns. */
function post<R>(connected: Session, method: string, params: object = {}): R {
  let failure: Error | null = null
  let result: unknown
  connected.post(method, params, (error, answer) => {
    failure = error
    result = answer
  })
  if (failure !== null) throw new Error(`the inspector refused ${method}`, { cause: failure })
  return result as R
}
