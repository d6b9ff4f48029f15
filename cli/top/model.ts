import type { JobStatus } from '../../lib/core/states.ts'

export const TABS = ['queues', 'jobs', 'workers', 'failures'] as const
export type Tab = (typeof TABS)[number]

/** A job that a row stands for. */
export interface RowJob {
  readonly queue: string
  readonly id: string
  readonly status: JobStatus
}

/** One line of a tab. */
export interface Row {
  /** Tells it from the others of its tab. */
  readonly key: string
  readonly cells: readonly string[]
  readonly job?: RowJob
  /** The queue that Enter leads into. */
  readonly queue?: string
}

export type JobAction = 'retry' | 'delete' | 'cancel'

/** What is on the screen beside what Redis says. */
export interface Model {
  readonly tab: Tab
  /** The queue that the jobs are of; all where none was entered. */
  readonly queue: string | undefined
  readonly filter: string
  readonly isTyping: boolean
  readonly at: number
  /** A job's own page, in lines, and the first one shown. */
  readonly detail: { readonly lines: readonly string[]; readonly top: number } | undefined
  /** What `y` would do. */
  readonly asking: { readonly action: JobAction; readonly job: RowJob } | undefined
  readonly message: string
}

/** What a key asks for beyond the screen. */
export type Wish =
  | { readonly kind: 'quit' }
  | { readonly kind: 'look' }
  | { readonly kind: 'show'; readonly job: RowJob }
  | { readonly kind: 'act'; readonly action: JobAction; readonly job: RowJob }

export const START: Model = {
  tab: 'queues',
  queue: undefined,
  filter: '',
  isTyping: false,
  at: 0,
  detail: undefined,
  asking: undefined,
  message: '',
}

const ACTIONS: Readonly<Record<string, JobAction>> = { r: 'retry', d: 'delete', x: 'cancel' }
const PAGE = 10

/** The rows that the filter leaves. */
export function visible(rows: readonly Row[], { filter }: Pick<Model, 'filter'>): readonly Row[] {
  if (filter === '') return rows
  const wanted = filter.toLowerCase()
  return rows.filter(({ cells }) => cells.join(' ').toLowerCase().includes(wanted))
}

/** What a key does, by its name as node:readline gives it. @param rows those shown */
export function press(model: Model, key: string, rows: readonly Row[]): { model: Model; wish?: Wish } {
  if (key === 'C-c') return { model, wish: { kind: 'quit' } }
  if (model.isTyping) return { model: typed(model, key) }
  if (model.asking) return answered(model, model.asking, key)
  if (model.detail) return { model: scrolled(model, model.detail, key) }
  const quiet = { ...model, message: '' }
  const row = rows[Math.min(model.at, rows.length - 1)]
  if (key === 'q') return { model, wish: { kind: 'quit' } }
  if (key === '/') return { model: { ...quiet, isTyping: true } }
  if (key === 'escape') return left(quiet)
  const tab = tabOf(model.tab, key)
  if (tab) return { model: { ...quiet, tab, queue: undefined, at: 0 }, wish: { kind: 'look' } }
  if (key === 'return') return entered(quiet, row)
  const action = ACTIONS[key]
  if (action && row?.job) return chosen(quiet, action, row.job)
  return { model: { ...quiet, at: moved(model.at, key, rows.length) } }
}

function typed(model: Model, key: string): Model {
  if (key === 'return') return { ...model, isTyping: false }
  if (key === 'escape') return { ...model, isTyping: false, filter: '', at: 0 }
  if (key === 'backspace') return { ...model, filter: model.filter.slice(0, -1), at: 0 }
  return [...key].length === 1 ? { ...model, filter: model.filter + key, at: 0 } : model
}

function answered(
  model: Model,
  asking: NonNullable<Model['asking']>,
  key: string,
): { model: Model; wish?: Wish } {
  const over = { ...model, asking: undefined }
  return key === 'y' ? { model: over, wish: { kind: 'act', ...asking } } : { model: over }
}

function scrolled(model: Model, detail: NonNullable<Model['detail']>, key: string): Model {
  if (key === 'escape' || key === 'return' || key === 'q') return { ...model, detail: undefined }
  return { ...model, detail: { ...detail, top: moved(detail.top, key, detail.lines.length) } }
}

/** Out of the filter first, then out of the queue. */
function left(model: Model): { model: Model; wish?: Wish } {
  if (model.filter !== '') return { model: { ...model, filter: '', at: 0 } }
  if (model.queue === undefined) return { model }
  return { model: { ...model, tab: 'queues', queue: undefined, at: 0 }, wish: { kind: 'look' } }
}

function entered(model: Model, row: Row | undefined): { model: Model; wish?: Wish } {
  if (row?.job) return { model, wish: { kind: 'show', job: row.job } }
  if (row?.queue === undefined) return { model }
  const inside = { ...model, tab: 'jobs' as const, queue: row.queue, filter: '', at: 0 }
  return { model: inside, wish: { kind: 'look' } }
}

/** What destroys something is asked about. */
function chosen(model: Model, action: JobAction, job: RowJob): { model: Model; wish?: Wish } {
  if (action === 'retry') return { model, wish: { kind: 'act', action, job } }
  return { model: { ...model, asking: { action, job } } }
}

function tabOf(tab: Tab, key: string): Tab | undefined {
  const step = key === 'tab' || key === 'right' ? 1 : key === 'S-tab' || key === 'left' ? -1 : 0
  if (step !== 0) return TABS[(TABS.indexOf(tab) + step + TABS.length) % TABS.length]
  return /^[1-4]$/.test(key) ? TABS[Number(key) - 1] : undefined
}

function moved(at: number, key: string, count: number): number {
  const steps: Record<string, number> = {
    j: 1,
    down: 1,
    k: -1,
    up: -1,
    pagedown: PAGE,
    pageup: -PAGE,
    g: -count,
    home: -count,
    G: count,
    end: count,
  }
  return Math.max(0, Math.min(count - 1, at + (steps[key] ?? 0)))
}
