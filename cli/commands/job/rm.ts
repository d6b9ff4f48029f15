import { changeCommand } from './change.ts'

export const rmCommand = changeCommand({
  name: 'rm',
  purpose: 'Delete jobs with their results; what depends on them is canceled.',
  action: 'job:delete',
  done: 'deleted',
  question: (what) => `Delete ${what}?`,
  examples: [
    ['rq job rm a6cc042b-0b1c-4a6f-a2f9-8dd9e7a2c1de', 'one job, after a question'],
    ['rq job rm a1 a2 --yes', 'two, without'],
    ['rq jobs --state finished --ids | xargs rq job rm --yes', 'what has finished'],
  ],
  change: (job) => job.delete(),
})
