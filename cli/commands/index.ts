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
      name: 'workoff',
      purpose: 'Run all jobs that wait, then stop.',
      load: async () => (await import('./workoff.ts')).workoffCommand,
    },
    {
      name: 'workers',
      purpose: 'List workers, and what they run.',
      load: async () => (await import('./workers.ts')).workersCommand,
    },
    {
      name: 'ps',
      purpose: 'List what all workers do.',
      load: async () => (await import('./ps.ts')).psCommand,
    },
    {
      name: 'kill-stale',
      purpose: 'Stop jobs that have run for too long.',
      load: async () => (await import('./kill-stale.ts')).killStaleCommand,
    },
    {
      name: 'info',
      purpose: 'Show queues and workers.',
      load: async () => (await import('./info.ts')).infoCommand,
    },
    {
      name: 'top',
      purpose: 'Watch everything full-screen.',
      load: async () => (await import('./top.ts')).topCommand,
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
      name: 'flow',
      purpose: 'Look at jobs that depend on each other.',
      load: async () => (await import('./flow.ts')).flowCommands,
    },
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
      name: 'clear',
      purpose: 'Delete the jobs that wait, in all queues.',
      load: async () => (await import('./clear.ts')).clearCommand,
    },
    {
      name: 'status',
      purpose: 'Tell the status of a job, or follow it.',
      load: async () => (await import('./status.ts')).statusCommand,
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
      name: 'metrics',
      purpose: 'Print metrics for Prometheus.',
      load: async () => (await import('./metrics.ts')).metricsCommand,
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
      name: 'completion',
      purpose: 'Print completions for a shell.',
      load: async () => (await import('./completion.ts')).completionCommand,
    },
    {
      name: '__complete',
      purpose: 'Print the words that may come next.',
      isHidden: true,
      load: async () => (await import('./complete.ts')).completeCommand(() => rq),
    },
    {
      name: 'generate',
      purpose: 'Write code to begin with.',
      load: async () => (await import('./generate.ts')).generateCommands,
    },
    {
      name: 'init',
      purpose: 'Write a config file, a systemd unit, a Dockerfile and a Kubernetes deployment.',
      load: async () => (await import('./init.ts')).initCommand,
    },
    {
      name: 'demo',
      purpose: 'Enqueue jobs of all kinds, and watch a worker run them.',
      load: async () => (await import('./demo.ts')).demoCommand,
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
