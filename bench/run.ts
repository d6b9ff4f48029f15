import { Redis } from 'ioredis'
import { startRedis } from '../lib/testing/index.ts'
import { CASES } from './cases/index.ts'
import { type Library, type LibraryName, loadLibrary } from './libs/library.ts'
import { describeMachine } from './machine.ts'
import { writeBetweenMarkers } from './markdown.ts'
import { HELP, parseOptions } from './options.ts'
import { type Run, report } from './report.ts'
import { measureRounds } from './rounds.ts'
import { serverVersion } from './server-cost.ts'

// A quick run keeps a fiftieth of the jobs.
const QUICK = 1 / 50

const options = parseOptions(process.argv.slice(2), CASES)
if (options.help) process.stdout.write(HELP)
else await main()

async function main(): Promise<void> {
  const libraries = new Map<LibraryName, Library>()
  for (const name of options.libraries) libraries.set(name, await loadLibrary(name))

  const server = await startRedis({ quiet: true })
  const endpoint = { host: '127.0.0.1', port: server.port }
  const redis = new Redis(endpoint)
  try {
    const machine = describeMachine(await serverVersion(redis))
    const { cases, runs, quick } = options
    const count = (full: number) => (quick ? Math.ceil(full * QUICK) : full)
    const results = await measureRounds(cases, libraries, runs, { endpoint, redis, count })
    await print({ machine, cases, libraries, results, runs, quick })
  } finally {
    redis.disconnect()
    await server.stop()
  }
}

async function print(run: Run): Promise<void> {
  const text = report(run)
  if (options.markdown) await writeBetweenMarkers(options.markdown, text)
  if (!options.json) {
    process.stdout.write(`${text}\n`)
    return
  }
  const versions = Object.fromEntries([...run.libraries].map(([name, { version }]) => [name, version]))
  const { machine, runs, quick, cases, results } = run
  const rows = cases.map(({ name, rows }) => ({ case: name, rows }))
  process.stdout.write(
    `${JSON.stringify({ machine, versions, runs, quick, rows, results: results.all }, null, 2)}\n`,
  )
}
