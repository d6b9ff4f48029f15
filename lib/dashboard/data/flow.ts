import { fromRef, type Ref, toRef } from '../../core/record.ts'
import { isEnded } from '../../core/states.ts'
import { toRow } from '../../queue/find/row.ts'
import { type LinkedJob, readLinks } from '../../redis/links.ts'
import type { RedisStore } from '../../redis/store.ts'
import { findCritical, findDepths } from './graph.ts'
import type { Flow, FlowNode } from './types.ts'

/** The most jobs of one flow, and round trips along it: a flow that is wider or longer is cut. */
const NODES = 500
const ROUNDS = 4

/**
 * The jobs that depend on each other around one of them, or those of a group, with what blocks what. It is followed as far as four round
 * trips lead, outward from where it begins: each goes a step up and a step down. Undefined where there is no such job or group.
 */
export async function readFlow(
  store: RedisStore,
  of: { readonly job: string; readonly queue?: string } | { readonly group: string },
): Promise<Flow | undefined> {
  const group = 'group' in of ? await store.groups.progress(of.group) : undefined
  if ('group' in of && !group) return undefined
  const first =
    'group' in of
      ? await store.groups.members(of.group, { limit: NODES })
      : [await refOf(store, of.job, of.queue)].flatMap((ref) => ref ?? [])
  const { jobs, isCut } = await follow(
    store,
    first,
    'group' in of ? 2 : ROUNDS - (of.queue === undefined ? 2 : 0),
  )
  if (!group && !jobs.get(first[0]!)?.record) return undefined
  return toFlow(jobs, isCut || (group !== undefined && group.total > NODES), group ?? null)
}

async function refOf(store: RedisStore, id: string, queue: string | undefined): Promise<Ref | undefined> {
  const where = queue ?? (await store.find(id))
  return where === undefined ? undefined : toRef(id, where)
}

async function follow(
  store: RedisStore,
  first: readonly Ref[],
  rounds: number,
): Promise<{ jobs: Map<Ref, LinkedJob>; isCut: boolean }> {
  const jobs = new Map<Ref, LinkedJob>()
  let ahead = [...first]
  let isCut = false
  for (let round = 0; round < rounds && ahead.length > 0; round++) {
    const found = await readLinks(store, ahead)
    for (const job of found) jobs.set(job.ref, job)
    const linked = found.flatMap(({ parents, dependents, told }) => [
      ...parents.map(({ ref }) => ref),
      ...dependents,
      ...told,
    ])
    isCut ||= found.some((job) => job.isCut)
    const fresh = [...new Set(linked)].filter((ref) => !jobs.has(ref))
    ahead = fresh.slice(0, NODES - jobs.size)
    isCut ||= ahead.length < fresh.length
  }
  return { jobs, isCut: isCut || ahead.length > 0 }
}

function toFlow(jobs: ReadonlyMap<Ref, LinkedJob>, isCut: boolean, group: Flow['group']): Flow {
  const now = Math.max(0, ...[...jobs.values()].map((job) => job.now))
  const edges = new Map<string, Flow['edges'][number]>()
  for (const { ref, parents, dependents, told } of jobs.values()) {
    for (const parent of parents)
      if (jobs.has(parent.ref))
        edges.set(`${parent.ref} ${ref}`, {
          from: parent.ref,
          to: ref,
          isOpen: !'de'.includes(parent.letter),
        })
    for (const child of dependents)
      if (jobs.has(child) && !edges.has(`${ref} ${child}`))
        edges.set(`${ref} ${child}`, { from: ref, to: child, isOpen: true })
    for (const child of told)
      if (jobs.has(child) && !edges.has(`${ref} ${child}`))
        edges.set(`${ref} ${child}`, { from: ref, to: child, isOpen: false })
  }
  const list = [...edges.values()]
  const ran = new Map(
    [...jobs].map(([ref, { record }]) => [ref, record ? (toRow(record, now).ranMs ?? 0) : 0]),
  )
  const depths = findDepths([...jobs.keys()], list)
  const critical = findCritical([...jobs.keys()], list, ran)
  const nodes = [...jobs.values()].map((job): FlowNode => {
    const { id, queue } = fromRef(job.ref)
    const row = job.record && toRow(job.record, now)
    const waits = row !== undefined && !isEnded(row.state)
    return {
      ref: job.ref,
      id,
      queue,
      func: row?.func ?? '',
      preview: row?.preview ?? '',
      state: row?.state ?? 'gone',
      ranMs: row?.ranMs ?? null,
      startedAt: row?.startedAt ?? null,
      endedAt: row?.endedAt ?? null,
      depth: depths.get(job.ref) ?? 0,
      isCritical: critical.path.has(job.ref),
      blockedBy: waits
        ? job.parents.filter(({ letter }) => !'de'.includes(letter)).map(({ ref }) => ref)
        : [],
    }
  })
  return {
    nodes: nodes.sort((a, b) => a.depth - b.depth || (a.ref < b.ref ? -1 : 1)),
    edges: list,
    group,
    criticalMs: critical.ms,
    isCut,
    now,
  }
}
