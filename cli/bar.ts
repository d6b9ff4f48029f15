const EIGHTHS = ['', '▏', '▎', '▍', '▌', '▋', '▊', '▉']
const LEVELS = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█']
const ASCII_LEVELS = ['_', '.', '-', '=', '+', '*', '#', '@']

/** A bar as long as its share of `width`; a value above 0 is always seen. */
export function bar(value: number, most: number, width: number, utf8: boolean): string {
  if (value <= 0 || most <= 0) return ''
  const length = (Math.min(value, most) / most) * width
  if (!utf8) return '#'.repeat(Math.max(1, Math.round(length)))
  const eighths = Math.max(1, Math.round(length * 8))
  return '█'.repeat(Math.floor(eighths / 8)) + EIGHTHS[eighths % 8]
}

/** A line of columns, each as high as its share of the highest. */
export function spark(values: readonly number[], utf8: boolean): string {
  const levels = utf8 ? LEVELS : ASCII_LEVELS
  const most = Math.max(...values, 1)
  return values.map((value) => levels[Math.round((Math.max(0, value) / most) * (levels.length - 1))]).join('')
}
