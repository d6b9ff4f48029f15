import type { Formatter, Zone } from './i18n/format.ts'
import type { Catalogue, Language } from './i18n/index.ts'
import { printable } from './printable.ts'
import type { Siblings } from './switchboard.ts'

export const THEMES = ['system', 'light', 'dark'] as const
export type Theme = (typeof THEMES)[number]

export const SECTIONS = [
  'overview',
  'queues',
  'jobs',
  'failures',
  'schedule',
  'flows',
  'workers',
  'metrics',
  'system',
  'audit',
] as const
export type Section = (typeof SECTIONS)[number]

/** Where each section is, from the root of the dashboard. Prometheus has `metrics`. */
export const SECTION_PATHS: Readonly<Record<Section, string>> = {
  overview: '',
  queues: 'queues',
  jobs: 'jobs',
  failures: 'failures',
  schedule: 'schedule',
  flows: 'flows',
  workers: 'workers',
  metrics: 'metrics-ui',
  system: 'system',
  audit: 'audit',
}

/** What everything that draws a page needs to know of the request: its language, where it stands, and for whom it is. */
export interface View {
  readonly t: Catalogue
  readonly language: Language
  readonly format: Formatter
  /** The way from this page to the root of the dashboard, as `../`: all links are relative, so that it can be mounted anywhere. */
  readonly root: string
  /** Of this page, from the root, with its query. */
  readonly here: string
  readonly query: URLSearchParams
  readonly now: number
  readonly zone: Zone
  /** Its IANA name: times are shown, and typed, in it. */
  readonly timeZone: string
  readonly theme: Theme
  readonly userName: string | null
  readonly isReadOnly: boolean
  readonly environment: string | null
  /** The servers that this dashboard is over, where there are several. */
  readonly siblings: Siblings | null
  readonly live: 'sse' | 'poll' | 'off'
  readonly sections: ReadonlySet<Section>
}

/** A part of a path; what cannot be written in an address is replaced. */
export function segment(text: string): string {
  return encodeURIComponent(text.toWellFormed())
}

type Query = Readonly<Record<string, string | number | null | undefined>>

/** A link from this page to another one. What is undefined, null or empty is left out of its query. */
export function href(v: View, path: string, query: Query = {}): string {
  const parameters = new URLSearchParams()
  for (const [key, value] of Object.entries(query)) {
    if (value !== undefined && value !== null && value !== '') parameters.set(key, String(value))
  }
  const text = parameters.toString()
  return `${v.root}${path}${text && `?${text}`}`
}

/** The same page with another query. */
export function hrefHere(v: View, change: Query): string {
  const query = Object.fromEntries([...v.query].filter(([key]) => !key.startsWith('_') && key !== 'done'))
  return href(v, v.here.split('?')[0]!, { ...query, ...change })
}

export function jobHref(v: View, { id, queue }: { readonly id: string; readonly queue: string }): string {
  return href(v, `jobs/${segment(id)}`, { queue })
}

export function queueHref(v: View, queue: string, query: Query = {}): string {
  return href(v, `queues/${segment(queue)}`, query)
}

/** A UUID is told by its first eight digits; an id of the user's own is left whole. */
export function shortId(id: string): string {
  return id.length > 18 && /^[0-9a-f]{8}-/.test(id) ? id.slice(0, 8) : printable(id)
}
