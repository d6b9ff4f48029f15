import { dashboard, toNext } from 'funq/dashboard'

/** Behind a password, for a route is not told who asks; by polling, for a serverless connection does not stay open. */
export const { GET, POST } = toNext(
  dashboard({ live: 'poll', auth: { user: 'ops', password: process.env.DASHBOARD_PASSWORD ?? '' } }),
)
