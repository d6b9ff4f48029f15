import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
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

async function bundle(code: string) {
  const stdin = { contents: code, resolveDir: DIST }
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
  return Object.keys(metafile.inputs).filter((path) => path !== '<stdin>')
}

/** The names that each module exports; what it passes on by `export *` is found where that is. */
async function exportsOf(modules: readonly string[]): Promise<Map<string, string[]>> {
  const { metafile } = await build({ ...settings, entryPoints: [...modules], outdir: '.', write: false })
  return new Map(Object.entries(metafile.outputs).map(([path, { exports }]) => [path, exports]))
}

/**
 * What is called otherwise in there is given back its name: a class that names itself, which is `_Job`, and what shares its name with
 * something in another module. It stands behind everything else, which moves no line.
 */
function withNames(text: string): string {
  const classes = [...text.matchAll(/^var (\w+) = class _\1 /gm)].map(([, name]) => [name!, name!])
  const renamed = [...text.matchAll(/^ {2}((\w+?)\d+) as m\d+_\2,?$/gm)]
    .filter(([, now]) => new RegExp(`^(async )?function\\*? ${now}\\(`, 'm').test(text))
    .map(([, now, name]) => [now!, name!])
  const lines = new Set(
    [...classes, ...renamed].map(
      ([now, name]) => `Object.defineProperty(${now}, "name", { value: "${name}", configurable: true });\n`,
    ),
  )
  const end = text.lastIndexOf('//# sourceMappingURL')
  return text.slice(0, end) + [...lines].join('') + text.slice(end)
}

for (const module of await modulesOf('../cli/rq.js')) light.add(module)
const modules = await modulesOf(ENTRY)
const names = await exportsOf(modules)
const all = modules.flatMap((module, i) => {
  const named = names.get(module)!.map((name) => `${name} as m${i}_${name}`)
  return [`import './${module}'`, `export { ${named.join(', ')} } from './${module}'`]
})
const { outputFiles } = await bundle(all.join('\n'))
for (const { path, text } of outputFiles) writeFileSync(path, path.endsWith('.js') ? withNames(text) : text)

for (const [i, module] of modules.entries()) {
  const path = join(DIST, module)
  const from = relative(dirname(path), join(DIST, OUT))
  const named = names.get(module)!.map((name) => `m${i}_${name} as ${name}`)
  const passedOn = readFileSync(path, 'utf8').match(/^export \* from .*$/gm) ?? []
  const lines = [`export { ${named.join(', ')} } from './${from}'`, ...passedOn]
  writeFileSync(path, `${lines.join('\n')}\n`)
  rmSync(`${path}.map`)
}

writeFileSync(join(DIST, LATER), "exports.ioredis = () => require('ioredis')\n")
writeFileSync(join(DIST, CLIENT), "export { ioredis } from './ioredis.cjs'\n")
rmSync(join(DIST, `${CLIENT}.map`))
