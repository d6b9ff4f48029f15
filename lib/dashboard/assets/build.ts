import { createHash } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

const STYLE = new URL('dashboard.css', import.meta.url)
const SCRIPT = fileURLToPath(new URL('../client/main.ts', import.meta.url))
const TARGET = new URL('../assets.gen.ts', import.meta.url)

/** The module that carries the page's style and script as text: nothing is read from disk at run time, so that bundled apps have them. */
export async function generate(): Promise<string> {
  const style = await build({ entryPoints: [fileURLToPath(STYLE)], minify: true, write: false })
  const script = await build({
    entryPoints: [SCRIPT],
    bundle: true,
    minify: true,
    format: 'esm',
    target: 'es2022',
    write: false,
    tsconfigRaw: {},
  })
  const assets = [
    ['style', 'css', 'text/css; charset=utf-8', style.outputFiles[0]!.text],
    ['script', 'js', 'text/javascript; charset=utf-8', script.outputFiles[0]!.text],
    ['icon', 'svg', 'image/svg+xml', readFileSync(new URL('icon.svg', import.meta.url), 'utf8').trim()],
  ] as const
  const entries = assets.map(([key, extension, type, text]) => {
    const hash = createHash('sha256').update(text).digest('hex').slice(0, 10)
    return `  ${key}: { name: '${key}.${hash}.${extension}', type: '${type}', text: ${JSON.stringify(text)} },`
  })
  return `// Made from assets/ and client/ by assets/build.ts. Do not edit.\nexport const ASSETS = {\n${entries.join('\n')}\n} as const\n`
}

if (process.argv[1] === fileURLToPath(import.meta.url)) writeFileSync(TARGET, await generate())
