import stringWidth from 'string-width'
import { cleanText } from '../clean-text.ts'
import { type Column, table } from '../table.ts'
import type { Terminal } from '../terminal.ts'
import { type Model, type Row, TABS, visible } from './model.ts'

/** What one look at Redis found for the tab that is shown. */
export interface Look {
  /** The line on top: what there is in all. */
  readonly summary: string
  readonly columns: readonly Column[]
  readonly rows: readonly Row[]
}

const KEYS = 'j/k move  Enter open  / filter  r retry  d delete  x cancel  Tab next  q quit'

/** The whole screen, as many lines as the terminal has, none longer than it is wide. */
export function picture(look: Look, model: Model, terminal: Terminal, height: number): string {
  const { style, width } = terminal
  const body = height - 4
  const middle = model.detail
    ? model.detail.lines.slice(model.detail.top, model.detail.top + body)
    : listed(look, model, terminal, body)
  const lines = [
    style('bold', cut(look.summary, width)),
    cut(tabs(model), width),
    '',
    ...middle,
    ...Array<string>(Math.max(0, body - middle.length)).fill(''),
  ]
  return [...lines.slice(0, height - 1), style('dim', cut(foot(model), width))].join('\n')
}

function tabs({ tab, queue }: Model): string {
  const names = TABS.map((name, i) => (name === tab ? `[${i + 1} ${name}]` : ` ${i + 1} ${name} `))
  return `${names.join(' ')}${queue === undefined ? '' : `   queue ${cleanText(queue)}`}`
}

function foot({ isTyping, filter, asking, message, detail }: Model): string {
  if (isTyping) return `/${filter}_   Enter to keep it, Esc to drop it`
  if (asking) return `${asking.action} job ${cleanText(asking.job.id)}? y for yes, any other key for no`
  if (message !== '') return cleanText(message)
  if (detail) return 'j/k scroll  Esc back'
  return filter === '' ? KEYS : `filter: ${filter} (Esc drops it)  ${KEYS}`
}

/** The selected row in sight. One of several lines would push others out: each is cut to one. */
function listed({ columns, rows }: Look, model: Model, terminal: Terminal, height: number): string[] {
  const shown = visible(rows, model)
  if (shown.length === 0) return [rows.length === 0 ? 'nothing here' : 'nothing that the filter matches']
  const at = Math.min(model.at, shown.length - 1)
  const space = Math.max(1, height - 1)
  const first = Math.max(0, Math.min(at - Math.floor(space / 2), shown.length - space))
  const page = shown.slice(first, first + space)
  const narrow = columns.map((column, i) =>
    i === columns.length - 1 ? { ...column, shrink: true as const } : column,
  )
  const plain = { ...terminal, width: terminal.width - 2, style: (_: unknown, text: string) => text }
  const [head = '', ...lines] = table(
    narrow,
    page.map(({ cells }) => cells),
    plain,
  )
    .trimEnd()
    .split('\n')
  const marked = lines.map((line, i) =>
    first + i === at
      ? terminal.style('inverse', cut(`> ${line}`, terminal.width))
      : cut(`  ${line}`, terminal.width),
  )
  return [terminal.style('dim', cut(`  ${head}`, terminal.width)), ...marked]
}

/** To a width, counting wide characters as two. */
export function cut(text: string, width: number): string {
  const line = cleanText(text).replace(/[\t\n]+/g, ' ')
  if (stringWidth(line) <= width) return line
  let kept = ''
  let used = 0
  for (const { segment } of new Intl.Segmenter().segment(line)) {
    used += stringWidth(segment)
    if (used > width) break
    kept += segment
  }
  return kept
}
