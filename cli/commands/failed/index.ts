import type { CommandGroup } from '../../command.ts'

export const failedCommands: CommandGroup = {
  name: 'failed',
  purpose: 'Sort out failed jobs, error by error: groups, where no command is named.',
  alone: 'groups',
  commands: [
    {
      name: 'groups',
      purpose: 'Group failed jobs by error.',
      load: async () => (await import('./groups.ts')).groupsCommand,
    },
    {
      name: 'ls',
      purpose: 'List failed jobs with their errors.',
      load: async () => (await import('./ls.ts')).lsCommand,
    },
    {
      name: 'retry',
      purpose: 'Queue failed jobs again.',
      load: async () => (await import('./retry.ts')).retryCommand,
    },
    { name: 'rm', purpose: 'Delete failed jobs.', load: async () => (await import('./rm.ts')).rmCommand },
  ],
}
