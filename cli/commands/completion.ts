import type { CommandSpec } from '../command.ts'
import { SCRIPTS, SHELLS } from '../completion/scripts.ts'
import { EXIT, UsageError } from '../exit-codes.ts'
import { oneOf } from '../parse.ts'

export const completionCommand: CommandSpec = {
  name: 'completion',
  purpose: 'Print what a shell needs to complete the words of rq: commands, options, queues and functions.',
  argument: { term: '<shell>', what: SHELLS.join(', ') },
  options: [],
  globals: ['no-color'],
  examples: [
    ['eval "$(rq completion bash)"', 'in ~/.bashrc'],
    ['eval "$(rq completion zsh)"', 'in ~/.zshrc'],
    ['rq completion fish > ~/.config/fish/completions/rq.fish', 'once'],
  ],
  exitCodes: [
    [EXIT.done, 'printed'],
    [EXIT.usage, 'no such shell'],
  ],

  async run([shell, ...more], _, host) {
    if (shell === undefined || more.length > 0)
      throw new UsageError(`expected one shell of ${SHELLS.join(', ')}`)
    host.output.out(SCRIPTS[oneOf(SHELLS)(shell)])
    return EXIT.done
  },
}
