import type { Row } from './case.ts'
import { spread } from './stats.ts'

/** A median with its spread, as in `23.6k [20.8k..23.9k]`. */
export function formatFigures(values: readonly number[], unit: Row['unit']): string {
  const { median, min, max } = spread(values)
  const format = (value: number) => formatFigure(value, unit)
  return values.length === 1 ? format(median) : `${format(median)} [${format(min)}..${format(max)}]`
}

function formatFigure(value: number, unit: Row['unit']): string {
  switch (unit) {
    case 'jobs/s':
      return formatRate(value)
    case 'ms':
      return value.toFixed(2)
    case 'bytes':
      // What is a little less than nothing, as a difference may be, is no -0.
      return String(Math.round(value) || 0)
  }
}

function formatRate(value: number): string {
  if (value < 1_000) return value.toFixed(0)
  if (value < 99_950) return `${(value / 1_000).toFixed(1)}k`
  if (value < 999_500) return `${(value / 1_000).toFixed(0)}k`
  return `${(value / 1e6).toFixed(2)}M`
}

export function formatRatio(ratio: number): string {
  return `${ratio < 10 ? ratio.toFixed(1) : ratio.toFixed(0)}×`
}
