import { JobNotFoundError } from '../lib/core/errors.ts'
import { cleanText } from './clean-text.ts'
import { EXIT, type ExitCode } from './exit-codes.ts'
import type { GlobalFlags } from './globals.ts'
import type { Host } from './host.ts'
import { noted } from './lib.ts'
import { type Reply, reply } from './reply.ts'
import type { Session } from './session.ts'
import { terminalOf } from './terminal.ts'
import { plural } from './words.ts'

/** What became of one of the things that a command was given. */
export interface Outcome {
  readonly id: string
  readonly ok: boolean
  /** As in `requeued`, or why not. */
  readonly what: string
  readonly isMissing?: boolean
}

/** Does the same for each id, in order; one that goes wrong does not keep the others from it. */
export async function each(
  ids: readonly string[],
  what: string,
  work: (id: string, index: number) => Promise<unknown>,
  isExpected: (error: unknown) => boolean,
): Promise<Outcome[]> {
  const outcomes: Outcome[] = []
  for (const [index, id] of ids.entries()) {
    try {
      await work(id, index)
      outcomes.push({ id, ok: true, what })
    } catch (error) {
      const isMissing = error instanceof JobNotFoundError
      if (!isMissing && !isExpected(error)) throw error
      outcomes.push({ id, ok: false, what: (error as Error).message, isMissing })
    }
  }
  return outcomes
}

/** The same, as one entry of the audit log. */
export function notedEach(
  session: Session,
  action: string,
  ids: readonly string[],
  work: () => Promise<Outcome[]>,
): Promise<Outcome[]> {
  const subject = ids.length === 1 ? ids[0]! : plural(ids.length, 'job')
  return noted(session, { action, subject }, work, (outcomes) => outcomes.filter(({ ok }) => ok).length)
}

/** A line for each id. Exit code 4 if none of them is there, 1 if any went wrong. */
export function replyOutcomes(
  host: Host,
  flags: GlobalFlags,
  schema: string,
  outcomes: readonly Outcome[],
  more: Pick<Reply, 'warnings'> = {},
): ExitCode {
  const { utf8 } = terminalOf(host)
  const failures = outcomes.filter(({ ok }) => !ok)
  const line = ({ id, ok, what }: Outcome) => {
    const text = ok
      ? `${utf8 ? '✓' : 'ok'} ${id} ${what}`
      : `${utf8 ? '✗' : '!!'} ${what.includes(id) ? '' : `${id}: `}${what}`
    return `${cleanText(text)}\n`
  }
  reply(host, flags, {
    schema,
    data: outcomes.map(({ id, ok, what }) => ({ id, ok, what })),
    ...more,
    text: () =>
      outcomes
        .filter(({ ok }) => ok)
        .map(line)
        .join(''),
  })
  if (!flags.json) for (const outcome of failures) host.output.err(line(outcome))
  if (failures.length === 0) return EXIT.done
  return failures.length === outcomes.length && failures.every(({ isMissing }) => isMissing)
    ? EXIT.notFound
    : EXIT.failed
}
