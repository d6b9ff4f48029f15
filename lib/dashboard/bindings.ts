import type { DashboardData } from './data/index.ts'
import * as functions from './data/index.ts'

/** What pages read and do, as one thing that a context carries. */
export const data = functions as unknown as DashboardData
