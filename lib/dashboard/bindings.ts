import type { RedisStore } from '../redis/store.ts'
import type { BulkRequest, Confirmation, DashboardData } from './data/index.ts'
import * as functions from './data/index.ts'

type Functions = Omit<typeof functions, 'LiveSampler' | 'BULK_ACTIONS' | 'ORDERS' | 'PAYLOADS' | 'TIERS'>

/** What pages read and do, as one thing that a context carries. */
export type Data = Functions &
  DashboardData & { confirmBulk(store: RedisStore, request: BulkRequest): Promise<Confirmation> }

export const data = functions as unknown as Data
