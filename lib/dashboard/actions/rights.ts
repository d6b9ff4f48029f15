import type { BulkAction } from '../data/index.ts'
import type { Action } from '../security/actions.ts'

/** What each thing that can be done to many jobs needs. */
export const BULK_RIGHTS = {
  retry: 'job:retry',
  duplicate: 'job:enqueue',
  cancel: 'job:cancel',
  stop: 'job:cancel',
  delete: 'job:delete',
  front: 'job:move',
  move: 'job:move',
  reschedule: 'job:move',
  release: 'job:move',
} as const satisfies Record<BulkAction, Action>
