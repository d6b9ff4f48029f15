import type { Bench, Figures } from './case.ts'
import type { Child } from './child.ts'
import { costPerJob, serverTotals } from './server-cost.ts'

/** What a program says of its work, and what it cost, a job: the program prepares itself, then works between two readings of the server. */
export async function measured(child: Child, bench: Bench, jobs: number): Promise<Figures> {
  await child.answer()
  const before = { ...(await serverTotals(bench.redis)), client: child.cpu }
  child.go()
  const figures = await child.answer<{ seconds: number } & Figures>()
  const after = { ...(await serverTotals(bench.redis)), client: child.cpu }
  await child.stop()
  return { ...figures, rate: jobs / figures.seconds, ...costPerJob(before, after, jobs, 1) }
}
