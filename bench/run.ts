import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { Redis } from 'ioredis'
import { startRedis } from '../lib/testing/index.ts'
import type { Bench } from './case.ts'
import { CASES } from './cases/index.ts'
import { findForeign } from './libs/foreign.ts'
import type { Library, LibraryName } from './libs/library.ts'
import { isOfNode, loadLibrary } from './libs/load.ts'
import { describeMachine, type Machine, machineLine } from './machine.ts'
import { writeBetweenMarkers } from './markdown.ts'
import { million, millionReport } from './million.ts'
import { HELP, type Part, parseOptions } from './options.ts'
import { comparisonPlots } from './plots/comparison.ts'
import { rawLimits } from './raw.ts'
import { type Run, report } from './report.ts'
import { measureRounds } from './rounds.ts'
import { scaleReport } from './scale/report.ts'
import { measureScale } from './scale/run.ts'
import { serverVersion } from './server-cost.ts'

// A quick run keeps a fiftieth of the jobs.
const QUICK = 1 / 50

/** What a part of the bench has to say. */
interface Said {
  /** The markers' name, and the key in JSON. */
  readonly name: string
  readonly text: string
  readonly json: unknown
  /** File → SVG. */
  readonly plots?: ReadonlyMap<string, string>
}

const options = parseOptions(process.argv.slice(2), CASES)
async function main(): Promise<void> {
  const { quick, parts, minutes } = options
  const until = performance.now() + minutes * 60_000
  const count = (full: number) => Math.ceil(quick ? full * QUICK : full)
  process.stderr.write(`${parts.join(', ')}, in ${minutes} min at most\n`)
  const said: Said[] = []
  for (const part of parts) {
    const began = performance.now()
    said.push(await onServerOfItsOwn(count, (bench, machine) => PARTS[part](bench, machine, until)))
    process.stderr.write(`${part}: ${((performance.now() - began) / 60_000).toFixed(1)} min\n`)
  }
  await print(said)
}

/** A server that has just held ten million jobs still frees them while the next part is measured. */
async function onServerOfItsOwn(
  count: Bench['count'],
  measure: (bench: Bench, machine: Machine) => Promise<Said>,
): Promise<Said> {
  const server = await startRedis({ quiet: true })
  const endpoint = { host: '127.0.0.1', port: server.port }
  const redis = new Redis(endpoint)
  try {
    return await measure({ endpoint, redis, count }, describeMachine(await serverVersion(redis)))
  } finally {
    redis.disconnect()
    await server.stop()
  }
}

const PARTS: Readonly<Record<Part, (bench: Bench, machine: Machine, until: number) => Promise<Said>>> = {
  async million(bench, machine) {
    const figures = await million(bench)
    return {
      name: 'million',
      text: `${machineLine(machine)}.\n\n${millionReport(figures)}`,
      json: { machine, figures },
    }
  },
  async scale(bench, machine) {
    const figures = await measureScale(bench)
    return {
      name: 'scale',
      text: `${machineLine(machine)}.\n\n${scaleReport(figures)}`,
      json: { machine, figures },
    }
  },
  async comparison(bench, machine, until) {
    const { cases, runs, quick } = options
    const { libraries, absent } = await findLibraries()
    const raw = libraries.has('bare') ? await rawLimits(bench) : []
    const results = await measureRounds({ cases, libraries, runs, until }, bench)
    const run: Run = { machine, cases, libraries, absent, results, raw, quick }
    const rows = cases.map(({ name, rows }) => ({ case: name, rows }))
    const versions = Object.fromEntries([...libraries].map(([name, { version }]) => [name, version]))
    const { all, failures } = results
    return {
      name: 'bench',
      text: report(run),
      json: { machine, versions, absent, quick, rows, raw, results: all, failures },
      plots: comparisonPlots(run),
    }
  },
}

async function findLibraries() {
  const libraries = new Map<LibraryName, Library>()
  const absent: string[] = []
  for (const name of options.libraries) {
    const found = isOfNode(name) ? await loadLibrary(name) : await findForeign(name)
    if (typeof found === 'string') absent.push(found)
    else libraries.set(name, found)
  }
  return { libraries, absent }
}

async function print(said: readonly Said[]): Promise<void> {
  const { markdown, json } = options
  if (markdown) for (const one of said) await writeInto(markdown, one)
  const text = json
    ? JSON.stringify(Object.fromEntries(said.map((one) => [one.name, one.json])), null, 2)
    : said.map((one) => one.text).join('\n\n')
  process.stdout.write(`${text}\n`)
}

async function writeInto(file: string, { name, text, plots = new Map() }: Said): Promise<void> {
  const folder = join(dirname(file), 'images')
  await mkdir(folder, { recursive: true })
  for (const [plot, svg] of plots) await writeFile(join(folder, plot), svg)
  const images = [...plots.keys()].map((plot) => `![${plot.replace(/^bench-|\.svg$/g, '')}](images/${plot})`)
  await writeBetweenMarkers(file, name, [...images, text].join('\n\n'))
}

if (options.help) process.stdout.write(HELP)
else await main()
