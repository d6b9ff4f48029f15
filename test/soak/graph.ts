import { type Name, type Sample, SERIES } from './sampler.ts'
import { type Verdict, WARM_UP } from './slope.ts'

const WIDTH = 900
const ROW = 120
const LEFT = 190
const PLOT = { width: WIDTH - LEFT - 20, height: ROW - 40 }

/** One plot a series, from 0 to its highest; the warm-up is grey. */
export function toSvg(samples: readonly Sample[], verdicts: Readonly<Record<Name, Verdict>>): string {
  const names = Object.keys(SERIES) as Name[]
  const rows = names.map((name, i) => row(name, i * ROW, samples, verdicts[name]))
  const height = names.length * ROW
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" font-family="sans-serif" font-size="13">`,
    `<title>Memory, handles, keys and latency over the time of the run</title>`,
    `<rect width="${WIDTH}" height="${height}" fill="#fff"/>`,
    ...rows,
    '</svg>\n',
  ].join('\n')
}

function row(name: Name, top: number, samples: readonly Sample[], verdict: Verdict): string {
  const end = samples.at(-1)?.at || 1
  const highest = Math.max(...samples.map((sample) => sample[name]), 1e-9)
  const points = samples.map((sample) => {
    const x = LEFT + (sample.at / end) * PLOT.width
    const y = top + 20 + PLOT.height * (1 - sample[name] / highest)
    return `${x.toFixed(1)},${y.toFixed(1)}`
  })
  const { unit } = SERIES[name]
  const colour = verdict.word === 'growing' ? '#c00' : '#06c'
  return [
    `<rect x="${LEFT}" y="${top + 20}" width="${PLOT.width}" height="${PLOT.height}" fill="#f8f8f8"/>`,
    `<rect x="${LEFT}" y="${top + 20}" width="${PLOT.width * WARM_UP}" height="${PLOT.height}" fill="#e8e8e8"/>`,
    `<polyline points="${points.join(' ')}" fill="none" stroke="${colour}" stroke-width="1.5"/>`,
    `<text x="10" y="${top + 40}" font-weight="bold">${name}</text>`,
    `<text x="10" y="${top + 58}" fill="${colour}">${verdict.word}</text>`,
    `<text x="10" y="${top + 76}" fill="#555">median ${short(verdict.median)} ${unit}</text>`,
    `<text x="10" y="${top + 94}" fill="#555">${short(verdict.perHour)} ${unit}/h</text>`,
    `<text x="${LEFT}" y="${top + 14}" fill="#999">${short(highest)} ${unit}</text>`,
  ].join('\n')
}

export function short(value: number): string {
  return Math.abs(value) >= 100 ? value.toFixed(0) : value.toFixed(1)
}
