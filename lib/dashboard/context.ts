import type { RedisStore } from '../redis/store.ts'
import type { Operations } from './actions/operations.ts'
import type { Data } from './bindings.ts'
import type { Actor } from './data/index.ts'
import type { SharedReads } from './live/shared-reads.ts'
import type { DashboardOptions } from './options.ts'
import { NotFound } from './refusals.ts'
import type { Access } from './security/access.ts'
import type { Redactor } from './security/redact.ts'
import type { Visibility } from './security/visibility.ts'
import type { Section, View } from './view.ts'

/** What a page or an action works with: one request, for one user. */
export interface Context {
  readonly request: Request
  readonly params: Readonly<Record<string, string>>
  readonly store: RedisStore
  readonly data: Data
  readonly reads: SharedReads
  readonly operations: Operations
  readonly options: DashboardOptions
  readonly access: Access
  readonly visibility: Visibility
  readonly v: View
  /** Hides secrets; what somebody may reveal is asked for where it is shown. */
  readonly hide: Redactor
  readonly actor: Actor
}

/** What is drawn within the frame. */
export interface Drawn {
  readonly title: string
  readonly section?: Section
  readonly body: any
  readonly status?: number
  /** In so many seconds, where no script runs. */
  readonly refresh?: number
}

/** As a queue that is not there, where it must not be seen. @throws NotFound */
export function mustSee({ visibility }: Context, queue: string): void {
  if (!visibility.sees(queue)) throw new NotFound(`no queue ${queue}`)
}
