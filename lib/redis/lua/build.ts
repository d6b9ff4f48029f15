import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { inline } from './inline.ts'
import { divide } from './late.ts'

const FOLDER = new URL('./', import.meta.url)
const TARGET = new URL('../scripts.gen.ts', import.meta.url)
const INCLUDE = /^--@include (\w+)\n/gm
/** The functions of its includes that nearly every call of a script needs. */
const EARLY = /^--@early (.*)\n/gm

/** Stands between what a script includes and its own text. */
const HERE = '--\n'

/** One script with its includes in place and its comments gone: what travels to Redis. */
function assemble(file: string): string {
  const text = readFileSync(new URL(file, FOLDER), 'utf8')
  const parts = [...text.matchAll(INCLUDE)].map(([, part]) =>
    bare(readFileSync(new URL(`lib/${part}.lua`, FOLDER), 'utf8')),
  )
  const early = [...text.matchAll(EARLY)].flatMap(([, names]) => names!.split(' '))
  const [flags = ''] = /^#!.*\n/.exec(text) ?? []
  const included = parts.join('\n')
  const [lib, main] = inline(`${included}\n${HERE}${bare(text.slice(flags.length))}`).split(HERE) as [
    string,
    string,
  ]
  // What has been put where it was called is not there to be made.
  const made = early.filter(
    (name) => !included.includes(`function ${name}(`) || lib.includes(`function ${name}(`),
  )
  const whole = early.length > 0 ? divide(lib, main, made) : lib + main
  return flags + whole.replace(/^ +/gm, '')
}

/** Without comments and empty lines. */
function bare(text: string): string {
  return text
    .split('\n')
    .filter((line) => line.trim() !== '' && !line.trim().startsWith('--'))
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
