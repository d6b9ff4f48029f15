import type { CommanderError } from 'commander'
import { FunqError } from '../lib/core/errors.ts'
import { cleanText } from './clean-text.ts'
import { CommandError, EXIT, type ExitCode, exitCodeOf } from './exit-codes.ts'
import type { Host } from './host.ts'
import { toJson } from './json.ts'

const BUG_HINT = 'This is a bug in funq, or in what it was given to run; please report it with these lines.'

/** Tells what ended a command on stderr, as text or as `{"error":{code,message,hint}}`. */
export function report(error: unknown, { output }: Host, json: boolean): ExitCode {
  const exitCode = exitCodeOf(error)
  const isBug = exitCode === EXIT.bug
  const text =
    error instanceof Error ? (isBug ? (error.stack ?? error.message) : error.message) : String(error)
  const hint = isBug ? BUG_HINT : error instanceof CommandError ? error.hint : undefined
  if (json) output.err(errorJson(codeOf(error), error instanceof Error ? error.message : text, hint))
  else output.err(`error: ${cleanText(text)}\n${hint === undefined ? '' : `${cleanText(hint)}\n`}`)
  return exitCode
}

/** An error of the parser, which has written it already unless JSON is asked for. */
export function reportUsage(error: CommanderError, { output }: Host, json: boolean): ExitCode {
  if (error.exitCode === 0) return EXIT.done
  if (json) {
    const [message = '', hint] = error.message.replace(/^error: /, '').split('\n')
    output.err(errorJson('USAGE', message, hint?.replace(/^\(|\)$/g, '')))
  }
  return EXIT.usage
}

function codeOf(error: unknown): string {
  return error instanceof CommandError || error instanceof FunqError ? error.code : 'BUG'
}

function errorJson(code: string, message: string, hint: string | undefined): string {
  return `${toJson({ error: { code, message, hint: hint ?? null } })}\n`
}
