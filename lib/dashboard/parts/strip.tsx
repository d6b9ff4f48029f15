import type { View } from '../view.ts'

interface Point {
  readonly at: number
  readonly finished: number
  readonly failed: number
}

const HEIGHT = 72
const WIDTH = 720

/** Bars of what ended well and badly, minute by minute, and the same as a table for who cannot see it. */
export function Strip({ v, points }: { v: View; points: readonly Point[] }) {
  const { t } = v
  const most = Math.max(1, ...points.map(({ finished, failed }) => finished + failed))
  const step = WIDTH / points.length
  const scale = (n: number) => (n / most) * (HEIGHT - 2)
  return (
    <figure class="stack">
      <svg
        class="chart"
        viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
        width="100%"
        height={HEIGHT}
        preserveAspectRatio="none"
        role="img"
        aria-label={t.overview.lastHour}
      >
        <line class="axis" x1="0" x2={WIDTH} y1={HEIGHT - 0.5} y2={HEIGHT - 0.5} />
        {points.map(({ at, finished, failed }, i) => {
          const good = scale(finished)
          const bad = failed === 0 ? 0 : Math.max(2, scale(failed))
          const x = (i * step + step * 0.1).toFixed(1)
          const width = (step * 0.8).toFixed(1)
          return (
            <g>
              <title>{`${v.format.clock(at)}: ${finished} ${t.overview.finished}, ${failed} ${t.overview.failed}`}</title>
              {good > 0 && (
                <rect
                  class="bar-f"
                  x={x}
                  width={width}
                  y={(HEIGHT - good - bad).toFixed(1)}
                  height={good.toFixed(1)}
                />
              )}
              {bad > 0 && (
                <rect
                  class="bar-bad"
                  x={x}
                  width={width}
                  y={(HEIGHT - bad).toFixed(1)}
                  height={bad.toFixed(1)}
                />
              )}
            </g>
          )
        })}
      </svg>
      <details class="fold small">
        <summary>{t.overview.asTable}</summary>
        <table>
          <caption class="sr">{t.overview.lastHour}</caption>
          <thead>
            <tr>
              <th scope="col">{t.overview.minute}</th>
              <th scope="col" class="n">
                {t.overview.finished}
              </th>
              <th scope="col" class="n">
                {t.overview.failed}
              </th>
            </tr>
          </thead>
          <tbody>
            {points
              .filter(({ finished, failed }) => finished + failed > 0)
              .map(({ at, finished, failed }) => (
                <tr>
                  <th scope="row">{v.format.clock(at)}</th>
                  <td class="n">{v.format.number(finished)}</td>
                  <td class="n">{v.format.number(failed)}</td>
                </tr>
              ))}
          </tbody>
        </table>
      </details>
    </figure>
  )
}
