import type { View } from '../view.ts'

const WIDTH = 80
const HEIGHT = 18
/** Points of the line: each is the sum of some values. */
const POINTS = 24

/** How much there was over time, small enough to stand in a table, and in words for who cannot see it. */
export function Sparkline({
  v,
  values,
  words,
  kind = '',
}: {
  v: View
  values: readonly number[]
  words: (total: string) => string
  kind?: 'bad' | ''
}) {
  const total = values.reduce((sum, value) => sum + value, 0)
  if (total === 0) return <span class="muted">–</span>
  const each = Math.ceil(values.length / POINTS)
  const points = Array.from({ length: Math.ceil(values.length / each) }, (_, i) =>
    values.slice(i * each, (i + 1) * each).reduce((sum, value) => sum + value, 0),
  )
  const most = Math.max(...points)
  const step = WIDTH / Math.max(1, points.length - 1)
  const path = points
    .map((value, i) => `${Math.round(i * step)} ${Math.round((1 - value / most) * (HEIGHT - 4)) + 2}`)
    .join('L')
  const said = words(v.format.number(total))
  return (
    <svg class="chart spark" width={WIDTH} height={HEIGHT} role="img" aria-label={said}>
      <title>{said}</title>
      <path class={`line ${kind}`} d={`M${path}`} />
    </svg>
  )
}
