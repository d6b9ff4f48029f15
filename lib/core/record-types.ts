import { InvalidArgumentError, RecordNotFoundError } from './errors.ts'
import type { Class } from './register-class.ts'
import { superJson } from './rich-json.ts'

/** How records of one kind, such as rows of a database, travel as arguments: by their id. */
export interface RecordType<T extends object = object, I extends string | number = string | number> {
  /** The class of the records, or what tells one from all other instances of classes. Plain objects travel whole, and are not asked about. */
  readonly match: Class<T> | ((value: object) => boolean)
  readonly toId: (record: T) => I
  /** Called where the job runs, before each run: its record as it is then; null or undefined where it is gone. */
  readonly load: (id: I) => T | null | undefined | Promise<T | null | undefined>
  /** What becomes of a job whose record is gone: it fails, without a retry, or finishes without having run. @default 'fail' */
  readonly missing?: 'fail' | 'discard'
}

/** Stands for a record wherever arguments are read without running the job. */
export class RecordRef {
  readonly type: string
  readonly id: string | number
  constructor(type: string, id: string | number) {
    this.type = type
    this.id = id
  }
}

/** Within a payload's text, where it holds records. */
const MARK = '["custom","record"]'
const types = new Map<string, RecordType<any, any>>()

/**
 * Lets records be arguments: they travel as type and id, and the job gets what `load` gives. Call it in a module that producers and work-horses
 * alike import. A name that is registered again means the newer one.
 * @throws InvalidArgumentError
 */
export function registerType<T extends object, I extends string | number>(
  name: string,
  type: RecordType<T, I>,
): void {
  if (typeof name !== 'string' || name === '')
    throw new InvalidArgumentError(`registerType: expected a name such as 'Order', got ${String(name)}`)
  const { match, toId, load, missing = 'fail' } = Object(type) as RecordType<T, I>
  if (![match, toId, load].every((each) => typeof each === 'function')) {
    throw new InvalidArgumentError(
      `registerType('${name}'): expected { match, toId, load }, match being a class or a function as the others are`,
    )
  }
  if (missing !== 'fail' && missing !== 'discard') {
    throw new InvalidArgumentError(
      `registerType('${name}'): missing: expected 'fail' or 'discard', got ${JSON.stringify(missing)}`,
    )
  }
  types.set(name, type)
}

/** The name of the type that an instance is a record of. */
export function recordTypeOf(value: object): string | undefined {
  if (value instanceof RecordRef) return value.type
  for (const [name, { match }] of types) if (matches(match, value)) return name
  return undefined
}

/** Why a record cannot travel: one that is not saved yet has no id, as a rule. */
export function recordProblem(type: string, record: object): string | undefined {
  const id: unknown = idOf(type, record)
  if (typeof id === 'string' || Number.isFinite(id)) return undefined
  return `is a record of '${type}' whose toId answers ${String(id)}: expected a string or a finite number; save it before`
}

function idOf(type: string, record: object): string | number {
  return record instanceof RecordRef ? record.id : types.get(type)!.toId(record)
}

export function holdsRecords(payload: string): boolean {
  return payload.includes(MARK)
}

/** Puts the records in the place of what stands for them, each loaded once. @throws RecordNotFoundError */
export async function loadRecords(args: unknown[]): Promise<void> {
  const refs = new Map<string, RecordRef>()
  walk(args, (value) => {
    if (value instanceof RecordRef) refs.set(keyOf(value), value)
    return value
  })
  const loaded = new Map<string, object>()
  await Promise.all([...refs].map(async ([key, ref]) => loaded.set(key, await load(ref))))
  walk(args, (value) => (value instanceof RecordRef ? loaded.get(keyOf(value)) : value))
}

async function load({ type, id }: RecordRef): Promise<object> {
  const known = types.get(type)
  if (known === undefined) {
    throw new RecordNotFoundError(
      `there is no type '${type}' here; call registerType('${type}', …) in a module that the job's own imports`,
      type,
      id,
      false,
    )
  }
  const record = await known.load(id)
  if (record !== null && record !== undefined) return record
  throw new RecordNotFoundError(
    `the record ${type} ${id} is gone; with missing: 'discard' its jobs would be dropped`,
    type,
    id,
    known.missing === 'discard',
  )
}

function keyOf({ type, id }: RecordRef): string {
  return JSON.stringify([type, id])
}

function matches(match: RecordType['match'], value: object): boolean {
  const { prototype } = match
  return typeof prototype === 'object' && /^class\b/.test(Function.prototype.toString.call(match))
    ? value instanceof (match as Class)
    : (match as (value: object) => boolean)(value)
}

/** Replaces what stands in arrays, plain objects, Maps and Sets, at any depth. */
function walk(root: unknown[], replace: (value: unknown) => unknown): void {
  const seen = new Set<unknown>()
  const open: unknown[] = [root]
  const visit = (value: unknown) => {
    const now = replace(value)
    if (now === value && typeof value === 'object' && value !== null) open.push(value)
    return now
  }
  while (open.length > 0) {
    const holder = open.pop()
    if (seen.has(holder)) continue
    seen.add(holder)
    if (holder instanceof Map) for (const [key, value] of holder) holder.set(key, visit(value))
    else if (holder instanceof Set) {
      const members = [...holder].map(visit)
      holder.clear()
      for (const member of members) holder.add(member)
    } else if (Array.isArray(holder)) for (const [i, value] of holder.entries()) holder[i] = visit(value)
    else if (Object.getPrototypeOf(holder) === Object.prototype)
      for (const [key, value] of Object.entries(holder as object))
        (holder as Record<string, unknown>)[key] = visit(value)
  }
}

superJson.registerCustom<object, [type: string, id: string | number]>(
  {
    isApplicable: (value): value is object =>
      types.size > 0 &&
      typeof value === 'object' &&
      value !== null &&
      isInstance(value) &&
      recordTypeOf(value) !== undefined,
    serialize: (value) => {
      const type = recordTypeOf(value)!
      return [type, idOf(type, value)]
    },
    deserialize: ([type, id]) => new RecordRef(type, id),
  },
  'record',
)

function isInstance(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype !== null && prototype !== Object.prototype && prototype !== Array.prototype
}
