import { cleanText } from '../clean-text.ts'

/** Rows under their headings, in columns as wide as what stands in them. */
export function listing(headings: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const lines = [headings, ...rows].map((row) => row.map((cell) => cleanText(cell).replace(/\s/g, ' ')))
  const widths = headings.map((_, i) => Math.max(...lines.map((row) => (row[i] ?? '').length)))
  return lines.map((row) =>
    row
      .map((cell, i) => cell.padEnd(widths[i]!))
      .join('  ')
      .trimEnd(),
  )
}
