import { rm } from 'node:fs/promises'
import { parseArgs } from 'node:util'
import { printed } from './report.ts'
import { runChaos } from './run.ts'

/** `npm run chaos -- --minutes 10 --seed 42 --rounds 3 -v`: exit code 1 when an invariant does not hold. */
const { values } = parseArgs({
  options: {
    minutes: { type: 'string' },
    seconds: { type: 'string' },
    seed: { type: 'string' },
    rounds: { type: 'string' },
    gap: { type: 'string' },
    keep: { type: 'boolean' },
    verbose: { type: 'boolean', short: 'v' },
  },
})
const number = (text: string | undefined, name: string): number | undefined => {
  if (text === undefined) return undefined
  if (!(Number(text) > 0)) throw new TypeError(`--${name}: expected a number above 0, got ${text}`)
  return Number(text)
}

const minutes = number(values.minutes, 'minutes') ?? 1
const seconds = number(values.seconds, 'seconds') ?? minutes * 60
const first = number(values.seed, 'seed') ?? Math.floor(Math.random() * 1e9)
const gapMs = number(values.gap, 'gap') ?? 700
let broken = 0
for (let round = 0; round < (number(values.rounds, 'rounds') ?? 1); round++) {
  const seed = first + round * 1000
  console.log(`seed ${seed}`)
  const report = await runChaos({
    seconds,
    seed,
    gapMs,
    ...(values.verbose && { say: (line) => console.log(line) }),
  })
  console.log(printed(report))
  broken += report.problems.length
  if (report.problems.length === 0 && !values.keep) await rm(report.folder, { recursive: true })
}
process.exit(broken > 0 ? 1 : 0)
