import { printable } from '../printable.ts'
import type { View } from '../view.ts'

export interface Series {
  readonly label: string
  /** The class of its line. */
  readonly kind: '' | 'bad' | 'warn' | 'violet'
  /** Null where there is nothing to say. */
  readonly values: readonly (number | null)[]
}

const WIDTH = 440
const HEIGHT = 180
const LEFT = 56
const BOTTOM = 22
const TOP = 10

/** Lines over time. What they show stands in a table beside them. */
export function LineChart({
  v,
  title,
  at,
  series,
  text,
  marks = [],
}: {
  v: View
  title: string
  /** When each step begins, the oldest first. */
  at: readonly number[]
  series: readonly Series[]
  /** How a value is written. */
  text: (value: number) => string
  marks?: readonly { readonly at: number; readonly label: string }[]
}) {
  const most = Math.max(1, ...series.flatMap(({ values }) => values.map((value) => value ?? 0)))
  const top = niceTop(most)
  const first = at[0] ?? 0
  const last = at.at(-1) ?? 1
  const x = (time: number) => LEFT + ((time - first) / Math.max(1, last - first)) * (WIDTH - LEFT - 8)
  const y = (value: number) => TOP + (1 - value / top) * (HEIGHT - TOP - BOTTOM)
  const isLong = last - first > 2 * 86_400_000
  const ticks = [0, 0.5, 1].map((part) => first + part * (last - first))
  return (
    <figure class="stack">
      <svg class="chart" viewBox={`0 0 ${WIDTH} ${HEIGHT}`} width="100%" role="img" aria-label={title}>
        {[0, 0.5, 1].map((part) => (
          <g>
            <line class="axis" x1={LEFT} x2={WIDTH - 8} y1={y(top * part)} y2={y(top * part)} />
            <text x={LEFT - 8} y={y(top * part) + 4} text-anchor="end">
              {text(top * part)}
            </text>
          </g>
        ))}
        {ticks.map((time, i) => (
          <text x={x(time)} y={HEIGHT - 6} text-anchor={i === 0 ? 'start' : i === 2 ? 'end' : 'middle'}>
            {isLong ? v.format.time(time).slice(5, 10) : v.format.clock(time)}
          </text>
        ))}
        {marks
          .filter((mark) => mark.at >= first && mark.at <= last)
          .map((mark) => (
            <g>
              <title>{`${printable(mark.label)}, ${v.format.time(mark.at)}`}</title>
              <line class="mark" x1={x(mark.at)} x2={x(mark.at)} y1={TOP} y2={HEIGHT - BOTTOM} />
            </g>
          ))}
        {series.map(({ kind, values }) => (
          <path class={`line ${kind}`} d={pathOf(values, at, x, y)} />
        ))}
      </svg>
      <ul class="legend" aria-hidden="true">
        {series.map(({ label, kind }) => (
          <li>
            <svg class="chart" width="18" height="8" aria-hidden="true">
              <line class={`line ${kind}`} x1="0" x2="18" y1="4" y2="4" />
            </svg>
            {label}
          </li>
        ))}
      </ul>
    </figure>
  )
}

function pathOf(
  values: readonly (number | null)[],
  at: readonly number[],
  x: (time: number) => number,
  y: (value: number) => number,
): string {
  let path = ''
  let isDown = false
  values.forEach((value, i) => {
    if (value === null) {
      isDown = false
      return
    }
    path += `${isDown ? 'L' : 'M'}${x(at[i]!).toFixed(1)} ${y(value).toFixed(1)}`
    // A point of its own is drawn too.
    if (!isDown && (values[i + 1] ?? null) === null) path += 'h2'
    isDown = true
  })
  return path
}

/** A round number at least as large. */
function niceTop(most: number): number {
  const power = 10 ** Math.floor(Math.log10(most))
  return [1, 2, 5, 10].map((each) => each * power).find((each) => each >= most) ?? most
}
