import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const FOLDER = new URL('./', import.meta.url)
const TARGET = new URL('../scripts.gen.ts', import.meta.url)
const INCLUDE = /^--@include (\w+)$/gm

/** One script with its includes in place and its comments gone: what travels to Redis. */
function assemble(file: string): string {
  const text = readFileSync(new URL(file, FOLDER), 'utf8')
  const whole = text.replace(INCLUDE, (_, part) => readFileSync(new URL(`lib/${part}.lua`, FOLDER), 'utf8'))
  return whole
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('--'))
    .join('\n')
}

function keyOf(file: string): string {
  const name = file.slice(0, -4)
  return /^\w+$/.test(name) ? name : `'${name}'`
}

/** The module that carries every script, so that bundled producers need no files at run time. */
export function generate(): string {
  const files = readdirSync(FOLDER).filter((file) => file.endsWith('.lua'))
  const entries = files.sort().map((file) => `  ${keyOf(file)}: ${JSON.stringify(assemble(file))},`)
  return `// Made from lua/*.lua by lua/build.ts. Do not edit.\nexport const SCRIPTS = {\n${entries.join('\n')}\n} as const\n`
}

if (process.argv[1] === fileURLToPath(import.meta.url)) writeFileSync(TARGET, generate())
