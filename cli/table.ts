import Table from 'cli-table3'
import stringWidth from 'string-width'
import { cleanText } from './clean-text.ts'
import type { Terminal } from './terminal.ts'

export interface Column {
  readonly head: string
  /** Numbers stand at the right. */
  readonly right?: true
  /** Cut in the middle when the table is too wide: for ids and names, whose ends tell most. */
  readonly shrink?: true
}

const GAP = 2
const SHORTEST = 8
const BARE = {
  top: '',
  'top-mid': '',
  'top-left': '',
  'top-right': '',
  bottom: '',
  'bottom-mid': '',
  'bottom-left': '',
  'bottom-right': '',
  left: '',
  'left-mid': '',
  mid: '',
  'mid-mid': '',
  right: '',
  'right-mid': '',
  middle: ' '.repeat(GAP),
}

/** A table without lines; of what is too wide, shrinkable columns are cut in the middle and the last one is wrapped. */
export function table(
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
  terminal: Terminal,
): string {
  const cells = rows.map((row) => row.map((cell) => cleanText(cell).replace(/[\t\n]+/g, ' ')))
  const widths = toWidths(columns, cells, terminal.width)
  const made = new Table({
    chars: BARE,
    style: { 'padding-left': 0, 'padding-right': 0, head: [], border: [] },
    head: columns.map(({ head }) => terminal.style('dim', head)),
    colAligns: columns.map(({ right }) => (right ? 'right' : 'left')),
    colWidths: widths,
    wordWrap: true,
    wrapOnWordBoundary: true,
  })
  for (const row of cells) {
    made.push(row.map((cell, i) => (columns[i]!.shrink ? cutMiddle(cell, widths[i]!, terminal.utf8) : cell)))
  }
  return made
    .toString()
    .split('\n')
    .map((line) => `${line.trimEnd()}\n`)
    .join('')
}

function toWidths(columns: readonly Column[], rows: readonly (readonly string[])[], width: number): number[] {
  const widths = columns.map(({ head }, i) =>
    Math.max(stringWidth(head), ...rows.map((row) => stringWidth(row[i] ?? ''))),
  )
  const last = widths.length - 1
  const excess = () => widths.reduce((sum, w) => sum + w, GAP * last) - width
  const narrow = (i: number, least: number) => {
    if (excess() > 0) widths[i] = Math.max(Math.min(widths[i]!, least), widths[i]! - excess())
  }
  narrow(last, 30)
  for (const [i, { shrink }] of columns.entries()) if (shrink) narrow(i, SHORTEST)
  narrow(last, SHORTEST)
  return widths
}

/** `a6cc…4b-1` */
export function cutMiddle(text: string, width: number, utf8: boolean): string {
  if (stringWidth(text) <= width) return text
  const mark = utf8 ? '…' : '..'
  const chars = [...new Intl.Segmenter().segment(text)].map(({ segment }) => segment)
  const room = Math.max(1, width - mark.length)
  const start = take(chars, Math.ceil(room / 2))
  const end = take(chars.slice(start.length).reverse(), Math.floor(room / 2)).reverse()
  return start.join('') + mark + end.join('')
}

function take(chars: readonly string[], width: number): string[] {
  const taken: string[] = []
  let used = 0
  for (const char of chars) {
    used += stringWidth(char)
    if (used > width) break
    taken.push(char)
  }
  return taken
}
