import type { CommandGroup } from '../../command.ts'

export const queueCommands: CommandGroup = {
  name: 'queue',
  purpose: 'List, pause, empty, move and delete queues.',
  commands: [
    { name: 'ls', purpose: 'List queues.', load: async () => (await import('./ls.ts')).queueLsCommand },
    {
      name: 'pause',
      purpose: 'Let workers take no more jobs.',
      load: async () => (await import('./pause.ts')).queuePauseCommand,
    },
    {
      name: 'resume',
      purpose: 'Let workers take jobs again.',
      load: async () => (await import('./resume.ts')).queueResumeCommand,
    },
    {
      name: 'empty',
      purpose: 'Delete the jobs that wait.',
      load: async () => (await import('./empty.ts')).queueEmptyCommand,
    },
    {
      name: 'move',
      purpose: 'Move the jobs that wait into another queue.',
      load: async () => (await import('./move.ts')).queueMoveCommand,
    },
    {
      name: 'rm',
      purpose: 'Delete queues with all their jobs.',
      load: async () => (await import('./rm.ts')).queueRmCommand,
    },
  ],
}
