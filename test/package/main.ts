import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { parseArgs } from 'node:util'
import { isBuilt } from '../kit/built.ts'
import { tryRuntime } from './runtimes.ts'

/**
 * The package on every Node that it is for: what test/smoke/package.test.ts sees of the packed package in an empty folder, on each of them; and
 * with Bun and Deno, whose results are stated in docs/workers.md. Node, Bun and Deno come from npm, into a folder that goes again.
 */
const ROOT = join(import.meta.dirname, '../..')
const NODES = ['20', '22', '24', '26']
const RUNTIMES = ['bun', 'deno']

const { values } = parseArgs({
  options: { quick: { type: 'boolean', default: false }, only: { type: 'string' } },
})

/** In a short form the one that is furthest from this Node: `npm test` has seen it on this one. */
function wanted(): string[] {
  if (values.only !== undefined) return values.only.split(',')
  if (!values.quick) return [...NODES, ...RUNTIMES]
  const [major] = process.versions.node.split('.')
  return [major === NODES.at(-1) ? NODES[0]! : NODES.at(-1)!]
}

function install(folder: string, what: string): string {
  const words = ['install', '--prefix', folder, '--no-audit', '--no-fund', '--loglevel=error', what]
  execFileSync('npm', words, { stdio: 'inherit' })
  return join(folder, 'node_modules', '.bin')
}

function smokeOn(bin: string): boolean {
  const path = [bin, process.env.PATH].join(delimiter)
  const vitest = join(ROOT, 'node_modules/vitest/vitest.mjs')
  const words = [vitest, 'run', 'test/smoke']
  const env = { ...process.env, PATH: path }
  return spawnSync(join(bin, 'node'), words, { cwd: ROOT, env, stdio: 'inherit' }).status === 0
}

async function tryOut(name: string, folder: string): Promise<boolean> {
  if (RUNTIMES.includes(name)) return tryRuntime(name, install(folder, `${name}@latest`), folder)
  return smokeOn(install(folder, `node@${name}`))
}

if (!isBuilt()) execFileSync('npm', ['run', '--silent', 'build'], { cwd: ROOT, stdio: 'inherit' })
const results: Record<string, string> = {}
for (const name of wanted()) {
  const folder = mkdtempSync(join(tmpdir(), `funq-package-${name}-`))
  try {
    results[name] = (await tryOut(name, folder)) ? 'ok' : 'failed'
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
console.table(results)
process.exitCode = Object.values(results).includes('failed') ? 1 : 0
