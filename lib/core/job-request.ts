import { InvalidArgumentError } from './errors.ts'

/** What a job may ask for in place of a result: it throws one of these, or returns it. */
export type RequestKind = 'retry' | 'snooze' | 'cancel'

/** One brand a process, even where funq is loaded twice: the task's copy makes it, the horse's copy must know it. */
const BRAND = Symbol.for('funq.request')

export abstract class JobRequest extends Error {
  readonly [BRAND]: RequestKind

  /** @param reason kept with the run, as is `cause` */
  constructor(kind: RequestKind, reason = '', cause?: unknown) {
    super(reason, cause === undefined ? undefined : { cause })
    this[BRAND] = kind
    this.name = new.target.name
  }
}

/** What a thrown or returned value asks for, if anything. */
export function requestKind(value: unknown): RequestKind | undefined {
  return value instanceof Error && BRAND in value ? (value[BRAND] as RequestKind) : undefined
}

export function checkMax(max: number, what: string, hint: string): void {
  if (Number.isSafeInteger(max) && max >= 1) return
  throw new InvalidArgumentError(
    `max: expected a whole number of ${what}, 1 or more, got ${String(max)}; ${hint}`,
  )
}
