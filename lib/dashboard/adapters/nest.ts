import type { Dashboard } from '../app.ts'
import { toExpress } from './express.ts'
import { toFastify } from './fastify.ts'

/** What is asked of a Nest application. */
export interface NestApp {
  use(...args: any[]): unknown
  getHttpAdapter(): { getType(): string; getInstance(): any }
}

/** `await toNest(app, '/admin/rq', dashboard(…))` after `NestFactory.create`, on Express and Fastify alike. */
export async function toNest(app: NestApp, path: string, dashboard: Dashboard): Promise<void> {
  const adapter = app.getHttpAdapter()
  if (adapter.getType() === 'fastify') {
    await adapter.getInstance().register(toFastify(dashboard), { prefix: path })
    return
  }
  app.use(path, toExpress(dashboard))
}
