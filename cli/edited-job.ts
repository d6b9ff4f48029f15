import { randomUUID } from 'node:crypto'
import { type Codec, coded, isCoded, uncoded } from '../lib/core/codec.ts'
import { InvalidArgumentError } from '../lib/core/errors.ts'
import { parseExactly, writeExactly } from '../lib/core/exact-json.ts'
import { DEFAULTS } from '../lib/core/options.ts'
import { checkSize } from '../lib/core/payload.ts'
import type { JobRecord } from '../lib/core/record.ts'
import { typedArguments } from '../lib/core/typed-arguments.ts'
import { withStore } from '../lib/queue/open-store.ts'
import { edit } from './editor.ts'
import { CommandError, EXIT, UsageError } from './exit-codes.ts'
import type { Host } from './host.ts'
import type { Session } from './session.ts'

/** Where a job's arguments were edited: the id of the new job that has them, which the old one stays beside. */
export async function enqueueEdited(
  session: Session,
  host: Host,
  record: JobRecord,
): Promise<string | undefined> {
  const { codec } = session.store
  const before = `${writeExactly(plainArguments(record, codec), 2)}\n`
  const after = await edit(host, `${record.id}.json`, before)
  if (after.trim() === before.trim()) return undefined
  const id = randomUUID()
  const encoded = encodeEdited(after)
  const args = codec ? coded(codec, encoded, 'args', id) : encoded
  checkSize(args, DEFAULTS.payloadLimit, 'arguments')
  // What stood in for other jobs' results is text by now; the group has its members.
  const { futures: _, group: __, ...options } = record.options
  const { func, queue, priority, meta } = record
  const job = { id, func, args, options, priority, ...(meta !== undefined && { meta }) }
  // The session's own store signs nothing.
  await withStore(session.place, (store) => store.enqueue(queue, [job]))
  return id
}

function plainArguments({ id, args, options }: JobRecord, codec: Codec | undefined): unknown[] {
  if (options.futures) {
    throw new CommandError(
      EXIT.failed,
      'NOT_JSON',
      `job ${id} takes results of other jobs as arguments, which cannot be edited`,
    )
  }
  const text = isCoded(args) ? uncoded(args, codec, 'args', id) : args
  try {
    const list = parseExactly(text)
    if (Array.isArray(list)) return list
  } catch {
    // Said below.
  }
  throw new CommandError(
    EXIT.failed,
    'NOT_JSON',
    `the arguments of job ${id} hold what JSON has no form for, as a Date or a Map, and cannot be edited as text`,
  )
}

function encodeEdited(text: string): string {
  try {
    return typedArguments(text)
  } catch (error) {
    if (!(error instanceof InvalidArgumentError)) throw error
    throw new UsageError(error.message, 'Nothing was enqueued.')
  }
}
