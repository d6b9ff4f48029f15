/** A bar: whose, how long, and what is written at its end. */
export interface Bar {
  readonly name: string
  readonly value: number
  readonly text: string
}

export interface BarPlot {
  readonly title: string
  /** In which direction is better, and the unit. */
  readonly note: string
  readonly groups: readonly { readonly label: string; readonly bars: readonly Bar[] }[]
}

const WIDTH = 860
const LEFT = 230
const RIGHT = 190
const BAR = 16
const GAP = 14
const TOP = 64
/** Of equal weight on white and on black, and told apart by colour-blind readers (Okabe and Ito). */
const COLOURS = ['#d55e00', '#0072b2', '#009e73', '#cc79a7', '#8c8c8c', '#56b4e9', '#b8860b', '#7a5cc4']
const STYLE = `text{font:13px system-ui,sans-serif;fill:#24292f}.note,.value{fill:#57606a}.value{font-size:12px}
.title{font-size:16px;font-weight:600}.axis{stroke:#8c959f}
@media(prefers-color-scheme:dark){text{fill:#e6edf3}.note,.value{fill:#9da7b1}.axis{stroke:#6e7681}}`

/** Groups of horizontal bars from 0, as an SVG without a background that reads on light and dark pages. */
export function barPlot({ title, note, groups }: BarPlot): string {
  const names = [...new Set(groups.flatMap(({ bars }) => bars.map(({ name }) => name)))]
  const colours = new Map(names.map((name, i) => [name, COLOURS[i % COLOURS.length]!]))
  const highest = Math.max(...groups.flatMap(({ bars }) => bars.map(({ value }) => value)), Number.MIN_VALUE)
  const lines: string[] = []
  let y = TOP
  for (const { label, bars } of groups) {
    const middle = y + (bars.length * BAR) / 2 + 4
    lines.push(`<text x="${LEFT - 10}" y="${middle}" text-anchor="end">${escaped(label)}</text>`)
    for (const { name, value, text } of bars) {
      const width = Math.max(1, (value / highest) * (WIDTH - LEFT - RIGHT))
      lines.push(
        `<rect x="${LEFT}" y="${y}" width="${width.toFixed(1)}" height="${BAR - 2}" fill="${colours.get(name)}"/>`,
        `<text class="value" x="${(LEFT + width + 6).toFixed(1)}" y="${y + BAR - 5}">${escaped(`${name} ${text}`)}</text>`,
      )
      y += BAR
    }
    y += GAP
  }
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${y}" role="img" aria-label="${escaped(title)}">`,
    `<style>${STYLE}</style>`,
    `<text class="title" x="10" y="24">${escaped(title)}</text>`,
    `<text class="note" x="10" y="44">${escaped(note)}</text>`,
    ...lines,
    `<line class="axis" x1="${LEFT}" y1="${TOP - 6}" x2="${LEFT}" y2="${y - GAP + 6}"/>`,
    '</svg>\n',
  ].join('\n')
}

function escaped(text: string): string {
  return text.replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`)
}
