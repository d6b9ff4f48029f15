import type { CronSchedule } from './cron-schedule.ts'
import { LATEST_MS } from './duration.ts'
import { InvalidJobError } from './errors.ts'
import type { Signer } from './signature.ts'
import type { NewJob } from './store.ts'

/** What becomes of slots that nobody fired in time. */
export type Missed = 'once' | 'skip' | 'all'
export type Overlap = 'allow' | 'skip'

/** All that a worker needs to fire an entry; arguments and meta are encoded already. */
export interface CronDefinition {
  /** `<hash of the schedule>.<hash of it all>`: the scripts compare it, and find it as the first field of the JSON. */
  readonly rev: string
  readonly name: string
  readonly queue: string
  readonly schedule: CronSchedule
  readonly missed: Missed
  readonly graceMs: number
  readonly overlap: Overlap
  readonly job: CronJob
  readonly signature?: string
}

/** The job of every slot, but for its id. */
export type CronJob = Omit<NewJob, 'id' | 'ownId' | 'dueMs' | 'inMs' | 'parents'>

/** What an entry has done so far. */
export interface CronHistory {
  /** The last slot that fired. */
  readonly slot: number
  /** How many have since its schedule was set. */
  readonly runs: number
  /** `<id>@<queue>` of its job. */
  readonly ref: string
  /** Slots that fired before it, the latest first: EARLIER_SLOTS at most. */
  readonly earlier: readonly number[]
}

/** So many are remembered beside the last one, for whoever asks what became of their jobs. */
export const EARLIER_SLOTS = 9

/** @throws InvalidJobError where the stored text is damaged, or of a version that this one cannot read */
export function readDefinition(name: string, text: string | null | undefined): CronDefinition {
  try {
    const { rev, queue, schedule, job } = JSON.parse(text ?? '')
    if (rev && queue && schedule && job?.func) return JSON.parse(text ?? '')
  } catch {
    // Said below, together with definitions that lack a part.
  }
  throw new InvalidJobError(
    `cron entry ${name}: its definition cannot be read: ${JSON.stringify((text ?? '').slice(0, 80))}; register it again`,
  )
}

/** `<slot> <runs> <ref> <earlier slots>`, as cron-claim.lua writes it. */
export function readHistory(text: string | null | undefined): CronHistory | undefined {
  const [slot, runs, ref, ...rest] = text?.split(' ') ?? []
  if (ref === undefined) return undefined
  const earlier = rest.map(Number).filter((each) => Math.abs(each) <= LATEST_MS)
  return { slot: Number(slot), runs: Number(runs), ref, earlier }
}

/** The id of a slot's job. It is the same whoever fires the slot, so that no slot has two. */
export function slotJobId(name: string, slot: number): string {
  const [whole = '', rest = ''] = new Date(slot)
    .toISOString()
    .replace(/[-:]|Z$/g, '')
    .split('.')
  return `cron-${name}-${whole}${rest === '000' ? '' : `.${rest}`}Z`
}

/** The entry that such an id belongs to: a slot is written without '-', a name may hold some. */
export function entryOfJobId(id: string): string {
  return id.slice('cron-'.length, id.lastIndexOf('-'))
}

/** The job of one slot. That of an entry which nobody signed goes unsigned: a worker refuses it where everybody sees it. */
export function slotJob(definition: CronDefinition, id: string, signer: Signer | undefined): NewJob {
  const isSigned = signer?.isCron(definition) ?? true
  return { ...definition.job, id, ownId: true, ...(!isSigned && { signature: '' }) }
}
