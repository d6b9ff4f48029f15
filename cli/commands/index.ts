import type { CommandGroup } from '../command.ts'

/** Every command of `rq`. Each is imported when it is asked for. */
export const rq: CommandGroup = {
  name: 'rq',
  purpose: 'A function queue on Redis: run workers, enqueue jobs, look at them, sort them out.',
  commands: [
    {
      name: 'worker',
      purpose: 'Run a worker.',
      load: async () => (await import('./worker.ts')).workerCommand('rq worker'),
    },
    {
      name: 'worker-pool',
      purpose: 'Run several worker processes.',
      load: async () => (await import('./worker-pool.ts')).workerPoolCommand('rq worker-pool'),
    },
    {
      name: 'info',
      purpose: 'Show queues and workers.',
      load: async () => (await import('./info.ts')).infoCommand,
    },
    {
      name: 'enqueue',
      purpose: 'Enqueue a call of a function.',
      load: async () => (await import('./enqueue.ts')).enqueueCommand,
    },
    {
      name: 'job',
      purpose: 'Look at single jobs, and change them.',
      load: async () => (await import('./job/index.ts')).jobCommands,
    },
    { name: 'jobs', purpose: 'List jobs.', load: async () => (await import('./jobs.ts')).jobsCommand },
    {
      name: 'failed',
      purpose: 'Sort out failed jobs, error by error.',
      load: async () => (await import('./failed/index.ts')).failedCommands,
    },
    {
      name: 'requeue',
      purpose: 'Queue failed jobs of one queue again.',
      load: async () => (await import('./requeue.ts')).requeueCommand,
    },
    {
      name: 'empty',
      purpose: 'Delete the jobs that wait in queues.',
      load: async () => (await import('./empty.ts')).emptyCommand,
    },
    {
      name: 'queue',
      purpose: 'List, pause, empty, move and delete queues.',
      load: async () => (await import('./queue/index.ts')).queueCommands,
    },
    {
      name: 'cron',
      purpose: 'List, load, run and pause cron entries.',
      load: async () => (await import('./cron.ts')).cronCommands,
    },
    {
      name: 'suspend',
      purpose: 'Let no worker take jobs.',
      load: async () => (await import('./suspend.ts')).suspendCommand,
    },
    {
      name: 'resume',
      purpose: 'Let workers take jobs again.',
      load: async () => (await import('./resume.ts')).resumeCommand,
    },
    {
      name: 'audit',
      purpose: 'Show who changed what.',
      load: async () => (await import('./audit.ts')).auditCommand,
    },
    {
      name: 'deploy-mark',
      purpose: 'Mark a deployment in the history.',
      load: async () => (await import('./deploy-mark.ts')).deployMarkCommand,
    },
    {
      name: 'tail',
      purpose: 'Follow what happens to jobs.',
      load: async () => (await import('./tail.ts')).tailCommand,
    },
    {
      name: 'dashboard',
      purpose: 'Serve the dashboard, web pages for all of this.',
      load: async () => (await import('./dashboard.ts')).dashboardCommand('dashboard'),
    },
    {
      name: 'web',
      purpose: 'The same as rq dashboard, by the name that Resque users know.',
      load: async () => (await import('./dashboard.ts')).dashboardCommand('web'),
    },
    {
      name: 'doctor',
      purpose: 'Look for what is wrong.',
      load: async () => (await import('./doctor.ts')).doctorCommand,
    },
    {
      name: 'check',
      purpose: 'Probe for monitoring.',
      load: async () => (await import('./check.ts')).checkCommand,
    },
    {
      name: 'help',
      purpose: 'Print the help of a command.',
      load: async () => (await import('./help.ts')).helpCommand(() => rq),
    },
    {
      name: 'version',
      purpose: 'Print the version.',
      load: async () => (await import('./version.ts')).versionCommand,
    },
  ],
}
