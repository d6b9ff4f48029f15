import type { TestProject } from 'vitest/node'
import { startRedis } from '../../lib/testing/index.ts'
import { isBuilt } from './built.ts'
import { TestCluster } from './cluster.ts'

declare module 'vitest' {
  interface ProvidedContext {
    redisUrl: string
  }
}

/** One server for the whole run, or with FUNQ_TEST_CLUSTER one Cluster; each test has its own prefix in it. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const server = process.env.FUNQ_TEST_CLUSTER ? await TestCluster.start() : await startRedis({ quiet: true })
  process.env.FUNQ_TEST_REDIS_URL = server.url
  if (isBuilt()) process.env.FUNQ_TEST_BUILT = '1'
  project.provide('redisUrl', server.url)
  return () => server.stop()
}
