/** The dashboard: `import { dashboard } from 'funq/dashboard'`. Importing 'funq' loads none of it. */

export * from './adapters/index.ts'
export { type Dashboard, dashboard, type RequestContext } from './app.ts'
export type { DashboardEvent, DashboardOptions } from './options.ts'
export { ACTIONS, type Action, type Authorize, type Resource, type User } from './security/actions.ts'
export type { Auth, BasicAuth, BearerAuth, Identify } from './security/auth.ts'
export type { ConnectionPlace } from './switchboard.ts'
