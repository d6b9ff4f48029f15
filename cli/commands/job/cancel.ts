import { changeCommand } from './change.ts'
import type { JobFlags } from './ids.ts'

export const cancelCommand = changeCommand<JobFlags & { readonly reason?: string }>({
  name: 'cancel',
  purpose: 'Take waiting jobs out of their queues; what depends on them is canceled too.',
  action: 'job:cancel',
  done: 'canceled',
  options: [{ flags: '--reason <text>', what: 'kept with the jobs', fallback: 'canceled by rq job cancel' }],
  examples: [
    ['rq job cancel a6cc042b-0b1c-4a6f-a2f9-8dd9e7a2c1de', 'one job'],
    ['rq job cancel a1 a2 --reason "sold out"', 'two, with the reason'],
    ['rq jobs --state scheduled --ids | xargs rq job cancel', 'all that are scheduled'],
  ],
  change: (job, { reason = 'canceled by rq job cancel' }) => job.cancel(reason),
})
