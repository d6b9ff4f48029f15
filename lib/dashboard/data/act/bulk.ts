import { v4 as uuid } from 'uuid'
import { InvalidArgumentError } from '../../../core/errors.ts'
import { getOrMake } from '../../../core/get-or-make.ts'
import { checkQueueName } from '../../../core/names.ts'
import { fromRef, type JobRecord, type Ref, toRef } from '../../../core/record.ts'
import { type Actor, audited } from '../../../queue/audited.ts'
import type { JobFilter } from '../../../queue/find/filter.ts'
import { findJobs, isCounted } from '../../../queue/find/find.ts'
import { move } from '../../../queue/move.ts'
import { moveToFront, reschedule } from '../../../redis/places.ts'
import type { RedisStore } from '../../../redis/store.ts'
import { BULK_ACTIONS, type BulkProgress, type BulkRequest, type Confirmation } from '../action-types.ts'
import { copyOf } from './copy.ts'

/** Jobs of one call. */
const CHUNK = 500
const MOST_REFS = 10_000
const SKIPPED_SHOWN = 20
/** Steps that need several round trips a job go on side by side. */
const SIDE_BY_SIDE = 50

const NOTHING_FAILED = 'it waits for no job that failed or was stopped'

type Filtered = Exclude<BulkRequest['selection'], { refs: unknown }>

/** What became of one job: null where it was done, else why not. */
type Why = string | null

/** How many jobs of those that were seen an action would change now. @throws InvalidArgumentError */
export async function confirmBulk(store: RedisStore, request: BulkRequest): Promise<Confirmation> {
  check(request)
  const { selection } = request
  if ('refs' in selection) return { seen: selection.refs.length, now: selection.refs.length, isCut: false }
  const { filter, seen } = selection
  const { rows, next, total } = await findJobs(store, asSeen(selection), { limit: CHUNK })
  if (next === null || !isCounted(filter)) return { seen, now: rows.length, isCut: next !== null }
  // Too many to look at each. What came since is left alone, and the others can only have become fewer.
  return { seen, now: Math.max(rows.length, Math.min(total, seen)), isCut: false }
}

/**
 * Does the next part of a bulk action, 500 jobs at most, and writes it into the audit log. Whoever stops calling has canceled the rest;
 * a call that is made twice finds done what was done.
 * @param cursor what the answer before gave as `next` @throws InvalidArgumentError
 */
export async function runBulk(
  store: RedisStore,
  request: BulkRequest,
  actor: Actor,
  cursor?: string,
): Promise<BulkProgress> {
  check(request)
  const { action, selection } = request
  const so = readCursor(cursor)
  const { refs, next } = await nextPart(store, selection, so.at)
  const act = { action: `job:${action}`, subject: subjectOf(request) }
  const changedOf = (reasons: readonly Why[]) => reasons.filter((why) => why === null).length
  const reasons = await audited(store, actor, act, () => apply(store, request, refs, actor), changedOf)
  const skipped = refs.flatMap((ref, i) => (reasons[i] === null ? [] : [{ ref, why: reasons[i]! }]))
  const done = so.done + refs.length
  const changed = so.changed + changedOf(reasons)
  const total = Math.max(done, 'refs' in selection ? selection.refs.length : selection.seen)
  return {
    next: next === null ? null : writeCursor({ at: next, done, changed }),
    done,
    changed,
    total: next === null ? done : total,
    skipped: skipped.slice(0, SKIPPED_SHOWN),
    skippedCount: skipped.length,
  }
}

function check({ action, selection, queue, dueAt }: BulkRequest): void {
  if (!BULK_ACTIONS.includes(action))
    throw new InvalidArgumentError(
      `action: expected one of ${BULK_ACTIONS.join(', ')}, got ${JSON.stringify(action)}`,
    )
  if (action === 'move') checkQueueName(queue)
  if (action === 'reschedule' && !(typeof dueAt === 'number' && dueAt >= 0 && dueAt < 8.64e15))
    throw new InvalidArgumentError(`dueAt: expected milliseconds since 1970, got ${String(dueAt)}`)
  if (!('refs' in selection)) return
  if (selection.refs.length > MOST_REFS)
    throw new InvalidArgumentError(
      `refs: expected at most ${MOST_REFS}, got ${selection.refs.length}; choose them by a filter`,
    )
  const wrong = selection.refs.find((ref) => !/^[^@]+@./.test(ref))
  if (wrong !== undefined)
    throw new InvalidArgumentError(`refs: expected <id>@<queue>, got ${JSON.stringify(wrong)}`)
}

/** What came after the selection was seen is left alone. */
function asSeen({ filter, at }: Filtered): JobFilter {
  return { ...filter, to: Math.min(filter.to ?? at, at) }
}

async function nextPart(
  store: RedisStore,
  selection: BulkRequest['selection'],
  at: string,
): Promise<{ refs: Ref[]; next: string | null }> {
  if ('refs' in selection) {
    const from = Number(at) || 0
    const refs = selection.refs.slice(from, from + CHUNK) as Ref[]
    return { refs, next: from + CHUNK < selection.refs.length ? String(from + CHUNK) : null }
  }
  const page = await findJobs(store, asSeen(selection), { limit: CHUNK, ...(at !== '' && { cursor: at }) })
  return { refs: page.rows.map(({ id, queue }) => toRef(id, queue)), next: page.next }
}

function subjectOf({ selection, queue }: BulkRequest): string {
  const to = queue === undefined ? '' : ` to ${queue}`
  if (!('refs' in selection)) return `${JSON.stringify(selection.filter)}${to}`
  const [first = '', ...rest] = selection.refs
  return `${first}${rest.length > 0 ? ` and ${rest.length} more` : ''}${to}`
}

async function apply(
  store: RedisStore,
  request: BulkRequest,
  refs: readonly Ref[],
  actor: Actor,
): Promise<Why[]> {
  const reasons: Why[] = refs.map(() => null)
  const byQueue = new Map<string, number[]>()
  for (const [i, ref] of refs.entries()) getOrMake(byQueue, fromRef(ref).queue, () => []).push(i)
  await Promise.all(
    [...byQueue].map(async ([queue, places]) => {
      const ids = places.map((i) => fromRef(refs[i]!).id)
      const answers = await applyTo(store, request, queue, ids, actor)
      for (const [n, i] of places.entries()) reasons[i] = answers[n]!
    }),
  )
  return reasons
}

function applyTo(
  store: RedisStore,
  { action, queue: target, dueAt }: BulkRequest,
  queue: string,
  ids: readonly string[],
  { who }: Actor,
): Promise<Why[]> {
  const each = (work: (id: string) => Promise<string>, ...wanted: string[]) =>
    Promise.all(ids.map(async (id) => whyNot(await work(id), ...wanted)))
  switch (action) {
    case 'retry':
      return store
        .requeue(queue, ids)
        .then((answers) => answers.map((answer) => whyNot(answer, 'queued', 'deferred')))
    case 'cancel':
      return each((id) => store.cancel(queue, id, `canceled by ${who}`), 'canceled')
    case 'stop':
      return each((id) => store.stop(queue, id), 'asked')
    case 'delete':
      return each((id) => store.delete(queue, id), 'deleted')
    case 'front':
      // The last one that comes to the front is the first: in their order from behind.
      return Promise.all(
        ids.toReversed().map(async (id) => whyNot(await moveToFront(store, queue, id), 'queued')),
      ).then((answers) => answers.reverse())
    case 'reschedule':
      return each((id) => reschedule(store, queue, id, dueAt!), 'scheduled', 'queued')
    case 'release':
      return store
        .letGo(queue, ids)
        .then((answers) =>
          answers.map((answer) => (answer === 'deferred' ? NOTHING_FAILED : whyNot(answer, 'released'))),
        )
    case 'move':
      return eachRecord(store, queue, ids, (record) =>
        move(store, { ...record, description: record.func }, target!),
      )
    case 'duplicate':
      return eachRecord(store, queue, ids, async (record) => {
        const copy = copyOf(store, record, uuid())
        await store.enqueue(queue, [copy])
      })
  }
}

function whyNot(answer: string, ...wanted: string[]): Why {
  if (wanted.includes(answer)) return null
  return answer === 'gone' ? 'it is not there any more' : `it is ${answer}`
}

/** One that goes wrong does not keep the others from it. */
async function eachRecord(
  store: RedisStore,
  queue: string,
  ids: readonly string[],
  work: (record: JobRecord) => Promise<unknown>,
): Promise<Why[]> {
  const records = await store.fetch(queue, ids)
  const reasons: Why[] = []
  for (let first = 0; first < ids.length; first += SIDE_BY_SIDE) {
    const part = records.slice(first, first + SIDE_BY_SIDE)
    reasons.push(
      ...(await Promise.all(
        part.map(async (record) => {
          if (!record) return whyNot('gone')
          return work(record).then(
            () => null,
            (error: Error) => error.message,
          )
        }),
      )),
    )
  }
  return reasons
}

interface SoFar {
  readonly at: string
  readonly done: number
  readonly changed: number
}

function writeCursor({ at, done, changed }: SoFar): string {
  return `${done}.${changed}.${at}`
}

function readCursor(cursor: string | undefined): SoFar {
  if (!cursor) return { at: '', done: 0, changed: 0 }
  const [, done, changed, at] = /^(\d{1,12})\.(\d{1,12})\.([\w-]*)$/.exec(cursor) ?? []
  if (at !== undefined) return { at, done: Number(done), changed: Number(changed) }
  throw new InvalidArgumentError("cursor: expected the 'next' of the answer before; begin anew without it")
}
