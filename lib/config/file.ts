import { existsSync, readFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { InvalidArgumentError } from '../core/errors.ts'
import { folderWithPackageJson } from '../core/project-root.ts'
import { settingsOf } from '../run/bootstrap.ts'
import { importModule } from '../run/loaded-module.ts'
import { isTypeScript } from '../run/resolve.ts'
import { prepareTypeScript, typeScriptHint } from '../run/typescript.ts'

const NAMES = ['ts', 'mts', 'mjs', 'js', 'cjs', 'json', 'yml', 'yaml'].map((ending) => `rq.config.${ending}`)

/** The nearest config file, from a folder upward to the project's root. */
export function findConfigFile(from: string): string | undefined {
  const root = folderWithPackageJson(from) ?? resolve(from)
  for (let folder = resolve(from); ; folder = dirname(folder)) {
    const name = NAMES.find((each) => existsSync(join(folder, each)))
    if (name !== undefined) return join(folder, name)
    if (folder === root || folder === dirname(folder)) return undefined
  }
}

/** What a config file says: its JSON or YAML, its default export, or what that gives if it is a function. @throws InvalidArgumentError */
export async function readConfigFile(file: string): Promise<unknown> {
  if (!existsSync(file)) throw new InvalidArgumentError(`config file: there is none at ${file}`)
  const typeScript = isTypeScript(file)
  const root = folderWithPackageJson(dirname(file)) ?? dirname(file)
  try {
    if (file.endsWith('.json')) return JSON.parse(readFileSync(file, 'utf8'))
    if (/\.ya?ml$/.test(file)) return await readYaml(file)
    if (typeScript) await prepareTypeScript(root, file)
    return await settingsOf(await importModule(pathToFileURL(file).href))
  } catch (error) {
    const hint = typeScript ? typeScriptHint(root, error) : ''
    const reason = ((error as Error)?.message ?? String(error)).replace(/\.$/, '')
    throw new InvalidArgumentError(`loading ${file} failed: ${reason}.${hint}`)
  }
}

async function readYaml(file: string): Promise<unknown> {
  const text = readFileSync(file, 'utf8')
  if (/^[^#\n]*<%/m.test(text))
    throw new Error(
      'expected YAML, got ERB (<% … %>), which only Ruby can read; rq.config.ts may use process.env',
    )
  return (await import('yaml')).parse(text)
}
