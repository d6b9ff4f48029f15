import { type Dashboard, dashboard } from 'funq/dashboard'

const known = globalThis as { pages?: Dashboard }

/**
 * One a process. Behind a password, for a route is not told who asks. On serverless, where connections do not stay open, add
 * `live: 'poll'`.
 */
export function pages(): Dashboard {
  known.pages ??= dashboard({ auth: { user: 'ops', password: process.env.DASHBOARD_PASSWORD ?? '' } })
  return known.pages
}

/** Nothing where nobody has asked for it: without a password it could not even be made. */
export async function closePages(): Promise<void> {
  await known.pages?.close()
}
