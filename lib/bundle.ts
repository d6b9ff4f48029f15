import { execFileSync } from 'node:child_process'
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { pathToFileURL } from 'node:url'
import { build, type Plugin } from 'esbuild'

/**
 * The last step of a build: puts all modules that `funq/producer` loads into one file, for most of the time of an import goes by files. Each
 * module's own file stays, and gives what it gave, from there: whoever imports it, there is one of each class and of each list.
 */
const DIST = join(import.meta.dirname, '../dist/lib')
const ENTRY = 'producer.js'
const OUT = 'producer-modules.js'
/** The one module that is replaced: by one that loads ioredis when it is asked for. CommonJS, for it must be there at once, and bundlers find it. */
const CLIENT = 'redis/ioredis.js'
const LATER = 'redis/ioredis.cjs'

const settings = { absWorkingDir: DIST, platform: 'node', format: 'esm', metafile: true } as const

/** The few modules that `rq` loads before it knows what it is asked for: its help must not wait for all the others. */
const light = new Set<string>()

/** What is imported later stays a file of its own, as what is light does. */
const apart: Plugin = {
  name: 'apart',
  setup({ onResolve }) {
    onResolve({ filter: /^\./ }, ({ path, resolveDir, kind }) => {
      const file = relative(DIST, join(resolveDir, path))
      if (file === CLIENT) return { path: `./${LATER}`, external: true }
      const isApart = kind === 'dynamic-import' || light.has(file)
      return isApart ? { path: `./${file}`, external: true } : undefined
    })
  },
}

/** What is written there itself, source maps call by this file. */
const HERE = '../../lib/bundle.ts'

async function bundle(code: string) {
  const stdin = { contents: code, resolveDir: DIST, sourcefile: HERE }
  return build({
    ...settings,
    stdin,
    bundle: true,
    outfile: OUT,
    packages: 'external',
    plugins: [apart],
    sourcemap: true,
    write: false,
  })
}

/** The modules that the entry loads, as paths from DIST. */
async function modulesOf(entry: string): Promise<string[]> {
  const { metafile } = await bundle(`import './${entry}'`)
  return Object.keys(metafile.inputs).filter((path) => path !== HERE)
}

/** The names that each module exports; what it passes on by `export *` is found where that is. */
async function exportsOf(modules: readonly string[]): Promise<Map<string, string[]>> {
  const { metafile } = await build({ ...settings, entryPoints: [...modules], outdir: '.', write: false })
  return new Map(Object.entries(metafile.outputs).map(([path, { exports }]) => [path, exports]))
}

/** What each function and class that a module exports calls itself, by the name that `exports` gives it; asked of a process that loads it. */
function namesIn(
  exports: ReadonlyMap<string, readonly (readonly [exported: string, as: string])[]>,
): Map<string, string> {
  const code = `const found = []
    for (const [url, exports] of ${JSON.stringify([...exports].map(([file, names]) => [pathToFileURL(join(DIST, file)).href, names]))}) {
      const module = await import(url)
      for (const [exported, as] of exports) if (typeof module[exported] === 'function') found.push([as, module[exported].name])
    }
    console.log(JSON.stringify(found))`
  const said = execFileSync(process.execPath, ['--input-type=module', '-'], { input: code, encoding: 'utf8' })
  return new Map(JSON.parse(said) as [string, string][])
}

for (const module of await modulesOf('../cli/rq.js')) light.add(module)
const modules = await modulesOf(ENTRY)
const names = await exportsOf(modules)
/** Under which name the one file has what a module exports. */
const listed = modules.flatMap((module, i) =>
  names.get(module)!.map((name) => ({ module, name, as: `m${i}_${name}` })),
)
const all = modules.map((module) => {
  const named = listed.filter((each) => each.module === module).map(({ name, as }) => `${name} as ${as}`)
  return `import './${module}'\nexport { ${named.join(', ')} } from './${module}'`
})

async function writeBundle(code: readonly string[]): Promise<void> {
  const { outputFiles } = await bundle(code.join('\n'))
  for (const { path, text } of outputFiles) writeFileSync(path, text)
}

writeFileSync(join(DIST, LATER), "exports.ioredis = () => require('ioredis')\n")
const before = namesIn(
  new Map(
    modules.map((module) => [
      module,
      listed.filter((each) => each.module === module).map(({ name, as }) => [name, as] as const),
    ]),
  ),
)
await writeBundle(all)
const after = namesIn(new Map([[OUT, listed.map(({ as }) => [as, as] as const)]]))
// What shares its name with something in another module is called otherwise in there, and so is a class that names itself. Errors, logs and
// payloads go by the names, so each is given back its own.
const renamed = listed.filter(({ as }) => before.get(as) !== after.get(as))
await writeBundle([
  ...all,
  ...renamed.map(
    ({ module, name, as }) =>
      `import { ${name} as ${as} } from './${module}'\nObject.defineProperty(${as}, 'name', { value: '${before.get(as)}', configurable: true })`,
  ),
])

for (const [i, module] of modules.entries()) {
  const path = join(DIST, module)
  const from = relative(dirname(path), join(DIST, OUT))
  const named = names.get(module)!.map((name) => `m${i}_${name} as ${name}`)
  const passedOn = readFileSync(path, 'utf8').match(/^export \* from .*$/gm) ?? []
  const lines = [`export { ${named.join(', ')} } from './${from}'`, ...passedOn]
  writeFileSync(path, `${lines.join('\n')}\n`)
  rmSync(`${path}.map`)
}

writeFileSync(join(DIST, CLIENT), "export { ioredis } from './ioredis.cjs'\n")
rmSync(join(DIST, `${CLIENT}.map`))
