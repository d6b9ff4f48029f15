import { checkQueueName } from '../../../lib/core/names.ts'
import { UsageError } from '../../exit-codes.ts'
import { changeCommand } from './change.ts'
import type { JobFlags } from './ids.ts'

export const moveCommand = changeCommand<JobFlags & { readonly to?: string }>({
  name: 'move',
  purpose: 'Move waiting jobs into another queue, where their attempts start anew.',
  action: 'job:move',
  done: 'moved',
  options: [{ flags: '--to <queue>', what: 'where to; required', parse: checkQueueName }],
  examples: [
    ['rq job move a6cc042b-0b1c-4a6f-a2f9-8dd9e7a2c1de --to high', 'one job'],
    [
      'rq jobs --queue low --state queued --tag urgent --ids | xargs rq job move --to high',
      'those with a tag',
    ],
    ['rq job move a1 a2 --to high --json', 'for a program'],
  ],
  change(job, { to }) {
    if (to === undefined) throw new UsageError('expected --to with a queue')
    return job.moveTo(to)
  },
})
