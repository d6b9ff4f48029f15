import { changeCommand } from './change.ts'
import type { JobFlags } from './ids.ts'

export const retryCommand = changeCommand<JobFlags & { readonly atFront?: true }>({
  name: 'retry',
  purpose: 'Queue failed, stopped or canceled jobs again, with all their attempts.',
  done: 'requeued',
  options: [{ flags: '--at-front', what: 'ahead of all that wait' }],
  examples: [
    ['rq job retry a6cc042b-0b1c-4a6f-a2f9-8dd9e7a2c1de', 'one job'],
    ['rq job retry a1 a2 --at-front', 'two, as the next to run'],
    ['rq jobs --state stopped --ids | xargs rq job retry', 'all that were stopped'],
  ],
  change: (job, { atFront = false }) => job.requeue({ atFront }),
})
