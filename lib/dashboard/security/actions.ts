/**
 * What a user may be allowed to do. Everything that a page shows or does asks for one of these, on the server: a button is only
 * its mirror.
 */
export const ACTIONS = [
  'dashboard:view',
  'system:view',
  'audit:view',
  'queue:view',
  'queue:pause',
  'queue:empty',
  'queue:delete',
  'job:retry',
  'job:enqueue',
  'job:cancel',
  'job:move',
  'job:delete',
  'job:reveal',
  'job:export',
  'failure:snooze',
  'cron:run',
  'cron:pause',
  'cron:edit',
  'cron:remove',
  'worker:control',
] as const

/** One of `ACTIONS`: what a user of the dashboard may be allowed to do. */
export type Action = (typeof ACTIONS)[number]

/** Those that change nothing: a read-only dashboard still allows them. */
const READS: readonly Action[] = [
  'dashboard:view',
  'system:view',
  'audit:view',
  'queue:view',
  'job:reveal',
  'job:export',
]

/** What an action is about. A queue is named wherever one is concerned. */
export interface Resource {
  readonly queue?: string
  readonly job?: string
  readonly worker?: string
  readonly cron?: string
}

/** Who asks. `name` goes into the audit log. */
export interface User {
  readonly name: string
  readonly [key: string]: unknown
}

/** Asked before each thing that a user does or sees; what it does not allow is refused. */
export type Authorize = (user: User, action: Action, resource: Resource) => boolean | Promise<boolean>

export function isRead(action: Action): boolean {
  return READS.includes(action)
}
