import { formatter, type Zone } from './i18n/format.ts'
import { accepted, isLanguage, LANGUAGES } from './i18n/index.ts'
import type { DashboardOptions } from './options.ts'
import type { Siblings } from './switchboard.ts'
import { type Section, THEMES, type View } from './view.ts'

/** The path within the dashboard, as the browser wrote it, and its query. */
export interface Place {
  readonly path: string
  readonly query: URLSearchParams
  /** The way to the root of the dashboard, where the path does not tell. */
  readonly root?: string
  readonly siblings?: Siblings
}

export function viewOf(
  request: Request,
  { path, query, root, siblings }: Place,
  options: DashboardOptions,
  userName: string | null,
  sections: ReadonlySet<Section>,
): View {
  const cookies = cookiesOf(request)
  const wished = cookies.get('rq_language')
  const language = isLanguage(wished) ? wished : accepted(request.headers.get('accept-language'))
  const zone: Zone = cookies.get('rq_zone') === 'utc' ? 'utc' : 'local'
  const local = zoneName(cookies.get('rq_tz'))
  const isUtc = zone === 'utc' || local === undefined
  const timeZone = isUtc ? 'UTC' : local
  const depth = path.split('/').length - 2
  const parameters = new URLSearchParams([...query].filter(([key]) => key !== 'done' && !key.startsWith('_')))
  const text = parameters.toString()
  return {
    t: LANGUAGES[language],
    language,
    format: formatter(language, timeZone),
    root: root ?? (depth === 0 ? './' : '../'.repeat(depth)),
    here: `${path.slice(1)}${text && `?${text}`}`,
    query,
    now: Date.now(),
    zone: isUtc ? 'utc' : 'local',
    timeZone,
    theme: THEMES.find((each) => each === cookies.get('rq_theme')) ?? 'system',
    userName,
    isReadOnly: options.readOnly === true,
    environment: options.environment ?? null,
    siblings: siblings ?? null,
    live: options.live ?? 'sse',
    sections,
  }
}

function cookiesOf(request: Request): ReadonlyMap<string, string> {
  const pairs = (request.headers.get('cookie') ?? '').slice(0, 8_000).split(/; */)
  return new Map(
    pairs.flatMap((pair) => {
      const at = pair.indexOf('=')
      return at > 0 ? [[pair.slice(0, at), pair.slice(at + 1)] as const] : []
    }),
  )
}

/** The script tells the browser's zone by a cookie; what is no zone is as good as absent. */
function zoneName(text: string | undefined): string | undefined {
  if (text === undefined || text.length > 64) return undefined
  try {
    return new Intl.DateTimeFormat('en', { timeZone: decodeURIComponent(text) }).resolvedOptions().timeZone
  } catch {
    return undefined
  }
}
