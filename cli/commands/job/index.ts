import type { CommandGroup } from '../../command.ts'

export const jobCommands: CommandGroup = {
  name: 'job',
  purpose: 'Look at single jobs, and change them.',
  commands: [
    {
      name: 'show',
      purpose: 'Show all that is known of jobs.',
      load: async () => (await import('./show.ts')).showCommand,
    },
    {
      name: 'cancel',
      purpose: 'Take waiting jobs out of their queues.',
      load: async () => (await import('./cancel.ts')).cancelCommand,
    },
    {
      name: 'stop',
      purpose: 'Stop jobs that run.',
      load: async () => (await import('./stop.ts')).stopCommand,
    },
    {
      name: 'retry',
      purpose: 'Queue failed, stopped or canceled jobs again.',
      load: async () => (await import('./retry.ts')).retryCommand,
    },
    {
      name: 'move',
      purpose: 'Move waiting jobs into another queue.',
      load: async () => (await import('./move.ts')).moveCommand,
    },
    {
      name: 'rm',
      purpose: 'Delete jobs with their results.',
      load: async () => (await import('./rm.ts')).rmCommand,
    },
    {
      name: 'logs',
      purpose: 'Print what a job logged.',
      load: async () => (await import('./logs.ts')).logsCommand,
    },
    {
      name: 'wait',
      purpose: 'Wait for jobs, and print their results.',
      load: async () => (await import('./wait.ts')).waitCommand,
    },
  ],
}
