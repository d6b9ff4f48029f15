import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { short } from './graph.ts'
import { runSoak } from './run.ts'
import { type Name, SERIES } from './sampler.ts'

/** `npm run soak -- --minutes 60 --rate 200 --out soak`: exit code 1 when something grows. */
const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '5' },
    rate: { type: 'string', default: '200' },
    out: { type: 'string' },
  },
})
const seconds = Number(values.minutes) * 60
const perSecond = Number(values.rate)
if (!(seconds > 0 && perSecond > 0)) throw new TypeError('--minutes and --rate: expected numbers above 0')
const folder = values.out ?? mkdtempSync(join(tmpdir(), 'funq-soak-'))
const report = await runSoak({
  seconds,
  perSecond,
  // Some 300 looks, however long it takes.
  everyMs: Math.max(1_000, (seconds * 1000) / 300),
  folder,
})
console.log(
  `${report.enqueued} jobs enqueued in ${seconds} s, ${report.ended} ended, ${report.rejected} enqueues rejected`,
)
for (const [name, { word, median, growth, allowed, perHour }] of Object.entries(report.verdicts)) {
  const { unit } = SERIES[name as Name]
  const grown = `grown by ${short(growth)} of ${short(allowed)} ${unit}, ${short(perHour)} an hour`
  console.log(`${name.padEnd(18)} ${word.padEnd(9)} median ${short(median)} ${unit}, ${grown}`)
}
console.log(`${folder}/soak.json, soak.svg`)
process.exit(report.growing.length > 0 || report.ended < report.enqueued ? 1 : 0)
