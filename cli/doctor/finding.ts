import type { Session } from '../session.ts'

/** What one of the doctor's looks came to. */
export interface Finding {
  readonly check: string
  readonly level: 'ok' | 'warning' | 'problem'
  readonly message: string
  /** What to do about it. */
  readonly hint?: string
}

/** One look. An error that it throws is a finding too, so that the others go on. */
export interface Check {
  readonly name: string
  look(session: Session): Promise<readonly Omit<Finding, 'check'>[]>
}

export function ok(message: string): Omit<Finding, 'check'> {
  return { level: 'ok', message }
}

export function warn(message: string, hint: string): Omit<Finding, 'check'> {
  return { level: 'warning', message, hint }
}

export function problem(message: string, hint: string): Omit<Finding, 'check'> {
  return { level: 'problem', message, hint }
}
