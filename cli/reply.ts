import { cleanText } from './clean-text.ts'
import type { GlobalFlags } from './globals.ts'
import type { Host } from './host.ts'
import { toJson } from './json.ts'

export interface Reply {
  /** `rq.info/1`: raised when a field changes its meaning or goes. */
  readonly schema: string
  readonly data: unknown
  readonly warnings?: readonly string[]
  /** The same for people. @returns whole lines */
  readonly text: () => string
}

/** The one document of a command, on stdout: for programs with `--json`, else for people, its warnings on stderr. */
export function reply(
  { output }: Host,
  flags: GlobalFlags,
  { schema, data, warnings = [], text }: Reply,
): void {
  if (flags.json) {
    output.out(`${toJson({ schema, data, warnings })}\n`)
    return
  }
  output.out(text())
  for (const warning of warnings) note({ output }, flags, `warning: ${warning}`)
}

/** A line for people on stderr: a hint or a warning. */
export function note({ output }: Pick<Host, 'output'>, flags: GlobalFlags, line: string): void {
  if (!flags.quiet) output.err(`${cleanText(line)}\n`)
}
