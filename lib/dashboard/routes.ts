import {
  postBulk,
  postCron,
  postFailure,
  postJob,
  postOperation,
  postPreferences,
  postQueue,
  postWorker,
} from './actions/posts.ts'
import type { Context, Drawn } from './context.ts'
import { auditPage } from './pages/audit.tsx'
import { auditJson } from './pages/audit-json.ts'
import { cronEditPage, cronRemovePage } from './pages/cron-edit.tsx'
import { editPage } from './pages/edit.tsx'
import { failurePage, failuresPage } from './pages/failures.tsx'
import { flowPage, flowsPage } from './pages/flows.tsx'
import { jobPage } from './pages/job.tsx'
import { jobsPage, searchPage } from './pages/jobs.tsx'
import { jobsCsv } from './pages/jobs-csv.ts'
import { metricsPage } from './pages/metrics.tsx'
import { operationPage } from './pages/operation.tsx'
import { overviewPage } from './pages/overview.tsx'
import { payloadPage } from './pages/payload.tsx'
import { queuePage } from './pages/queue.tsx'
import { queuesPage } from './pages/queues.tsx'
import { schedulePage } from './pages/schedule.tsx'
import { killPage, sweepPage } from './pages/sure.ts'
import { systemPage } from './pages/system.tsx'
import { workersPage } from './pages/workers.tsx'

export type Route = (c: Context) => Promise<Drawn | Response>

/** Every page. Those that change nothing are GETs, and no other is. */
export const GETS: Readonly<Record<string, Route>> = {
  '/': overviewPage,
  '/queues': queuesPage,
  '/queues/:queue': queuePage,
  '/queues/:queue/:verb{empty|delete}': sweepPage,
  '/jobs': jobsPage,
  '/jobs.csv': jobsCsv,
  '/jobs/:id': jobPage,
  '/jobs/:id/edit': editPage,
  '/jobs/:id/payload/:field': payloadPage,
  '/search': searchPage,
  '/failures': failuresPage,
  '/failures/:fingerprint': failurePage,
  '/schedule': schedulePage,
  '/schedule/:name/edit': cronEditPage,
  '/schedule/:name/remove': cronRemovePage,
  '/flows': flowsPage,
  '/flows/:kind/:id': flowPage,
  '/workers': workersPage,
  '/workers/:name/kill': killPage,
  '/metrics-ui': metricsPage,
  '/system': systemPage,
  '/audit': auditPage,
  '/audit.json': auditJson,
  '/operations/:id': operationPage,
}

export const POSTS: Readonly<Record<string, Route>> = {
  '/preferences': postPreferences,
  '/queues/:queue/:verb': postQueue,
  '/jobs/:id/:verb': postJob,
  '/bulk': postBulk,
  '/operations/:id/:verb': postOperation,
  '/workers/:name/:verb': postWorker,
  '/failures/:fingerprint/:verb': postFailure,
  '/schedule/:name/:verb': postCron,
}
