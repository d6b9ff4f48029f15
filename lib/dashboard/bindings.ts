import * as functions from './data/index.ts'

/** What pages read and do, as one thing that a context carries. */
export const data = functions

export type Data = Omit<
  typeof functions,
  'LiveSampler' | 'BULK_ACTIONS' | 'ORDERS' | 'PAYLOADS' | 'TIERS' | 'audited' | 'suspendAll' | 'resumeAll'
>
