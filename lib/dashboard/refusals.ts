import type { Action } from './security/actions.ts'

/** A request that ends with a page other than the one it asked for. `status` is HTTP's. */
export abstract class Refusal extends Error {
  abstract readonly status: 400 | 401 | 403 | 404 | 405 | 409 | 413 | 429
  readonly headers: Readonly<Record<string, string>> = {}
}

/** What is not there, or must not be known to be there. */
export class NotFound extends Refusal {
  readonly status = 404
}

export class BadRequest extends Refusal {
  readonly status = 400
}

export class TooLarge extends Refusal {
  readonly status = 413
}

/** What has changed meanwhile. */
export class Conflict extends Refusal {
  readonly status = 409
}

export class Forbidden extends Refusal {
  readonly status = 403
}

export class Denied extends Refusal {
  readonly status = 403
  readonly action: Action
  constructor(action: Action) {
    super(`you are not allowed to do this: it needs ${action}`)
    this.action = action
  }
}

export class ReadOnly extends Refusal {
  readonly status = 405
  override readonly headers = { allow: 'GET, HEAD' }
  constructor() {
    super('this dashboard is read-only: nothing can be changed through it')
  }
}

/** The browser is asked to show who it is. */
export class Unauthorized extends Refusal {
  readonly status = 401
  override readonly headers: Readonly<Record<string, string>>
  constructor(message: string, challenge: string) {
    super(message)
    this.headers = { 'www-authenticate': challenge }
  }
}

export class TooManyAttempts extends Refusal {
  readonly status = 429
  override readonly headers: Readonly<Record<string, string>>
  constructor(seconds: number) {
    super(`too many failed attempts to sign in: try again in ${seconds} s`)
    this.headers = { 'retry-after': String(seconds) }
  }
}
