/** Lays cells out as a Markdown table, padded so that it reads as well in a terminal. */
export function table(head: readonly string[], lines: readonly (readonly string[])[]): string {
  const widths = head.map((title, column) =>
    Math.max(title.length, ...lines.map((line) => line[column]?.length ?? 0)),
  )
  // Text stands at the left in the first column, figures at the right in all others.
  const cell = (text: string, column: number) =>
    column === 0 ? text.padEnd(widths[0] ?? 0) : text.padStart(widths[column] ?? 0)
  const format = (cells: readonly string[]) => `| ${cells.map(cell).join(' | ')} |`
  const rule = widths.map((width, column) => (column === 0 ? '-'.repeat(width) : `${'-'.repeat(width - 1)}:`))
  return [format(head), format(rule), ...lines.map(format)].join('\n')
}
