import { changeCommand } from './change.ts'

export const stopCommand = changeCommand({
  name: 'stop',
  purpose: 'Ask the workers that run the jobs to stop them.',
  action: 'job:stop',
  done: 'asked to stop',
  examples: [
    ['rq job stop a6cc042b-0b1c-4a6f-a2f9-8dd9e7a2c1de', 'one job'],
    ['rq job stop report-7 --queue reports', 'an id that several queues have'],
    ['rq jobs --state started --fn crawl --ids | xargs rq job stop', 'all runs of a function'],
  ],
  change: (job) => job.stop(),
})
