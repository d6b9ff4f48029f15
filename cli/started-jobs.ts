import type { Job } from '../lib/queue/job.ts'
import type { Session } from './session.ts'

/** What runs in some queues, as far as it has said so: jobs that are over at once never do. */
export async function startedJobs({ place }: Session, queues: readonly string[]): Promise<Job[]> {
  const { Queue } = await import('../lib/queue/queue.ts')
  const jobs: Job[] = []
  for (const name of queues) {
    const queue = new Queue(name, place)
    jobs.push(...(await queue.jobs('started').finally(() => queue.close())))
  }
  return jobs
}
