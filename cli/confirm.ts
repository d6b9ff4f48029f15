import { createInterface } from 'node:readline/promises'
import { CommandError, EXIT } from './exit-codes.ts'
import type { Host } from './host.ts'

/**
 * Asks before something is destroyed. Where nobody can answer it refuses, and names the command that needs no asking.
 * @throws CommandError with exit code 6
 */
export async function confirm(host: Host, yes: boolean | undefined, question: string): Promise<void> {
  if (yes) return
  const { stdin, output, env, line = [] } = host
  if (!stdin.isTTY || !output.stderr.isTTY || env.CI) {
    const { hidePassword } = await import('../lib/redis/target.ts')
    const end = line.includes('--') ? line.indexOf('--') : line.length
    const words = line
      .toSpliced(end, 0, '--yes')
      .map((word) => quote(word.includes('://') ? hidePassword(word) : word))
    throw refusal(`${question} Nobody is there to answer.`, `To go on, run: ${words.join(' ')}`)
  }
  output.err(`${question} [y/N] `)
  await output.flush()
  const reader = createInterface({ input: stdin })
  const answer = await new Promise<string>((resolve) => {
    reader.once('line', resolve)
    reader.once('close', () => resolve(''))
  })
  reader.close()
  if (!/^y(es)?$/i.test(answer.trim())) throw refusal('Nothing was changed.')
}

function refusal(message: string, hint?: string): CommandError {
  return new CommandError(EXIT.refused, 'REFUSED', message, hint)
}

/** As a POSIX shell takes it. */
function quote(word: string): string {
  return /^[\w@%+=:,./-][\w@%+=:,./#-]*$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`
}
