import { realpathSync } from 'node:fs'
import { dirname, relative, sep } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { UnnamableFunctionError } from '../core/errors.ts'
import { folderWithPackageJson, projectRoot } from '../core/project-root.ts'
import { exportedSubpaths, packageFile, readPackageJson } from '../run/package-file.ts'
import { isInside, realPath } from '../run/resolve.ts'

const EXTENSION = /\.[cm]?[jt]sx?$/

/** The file of a script URL, or undefined for code that has none. Queries, as `?t=1`, are dropped. */
export function fileOfScript(url: string): string | undefined {
  try {
    return realpathSync(fileURLToPath(url.startsWith('/') ? pathToFileURL(url) : url))
  } catch {
    return undefined
  }
}

/** True for the file that this process was started with, be it given with its extension or without. */
export function isEntryModule(file: string): boolean {
  const entry = process.argv[1]
  if (entry === undefined) return false
  const started = realPath(entry)
  return [file, withoutExtension(file), dirname(file)].some((path, i) => {
    return path === started && (i < 2 || /[\\/]index\.[cm]?[jt]sx?$/.test(file))
  })
}

/** The module part of a function's name: `./src/tasks`, or `some-package/tasks` for an installed package. */
export function moduleNameOf(file: string): string {
  const root = realPath(projectRoot())
  if (isInside(file, root) && !file.includes(`${sep}node_modules${sep}`)) {
    return `./${withoutExtension(relative(root, file)).split(sep).join('/')}`
  }
  const specifier = packageSpecifier(file, root)
  if (specifier !== undefined) return specifier
  throw new UnnamableFunctionError(
    `Functions in ${file} cannot be processed by workers: the file lies outside the project (${root}) and is no ` +
      "module of an installed package. Move it into the project, or pass a name that workers know: './tasks#add'.",
  )
}

/** The shortest specifier by which the project would import that very file. */
function packageSpecifier(file: string, root: string): string | undefined {
  const folder = folderWithPackageJson(dirname(file))
  const manifest = folder === undefined ? undefined : readPackageJson(folder)
  if (folder === undefined || manifest?.name === undefined) return undefined
  const path = relative(folder, file).split(sep).join('/')
  for (const subpath of [...exportedSubpaths(manifest), withoutExtension(path), path]) {
    const specifier = withoutExtension(subpath === '' ? manifest.name : `${manifest.name}/${subpath}`)
    const found = packageFile(specifier, root)
    if (found !== undefined && realPath(found) === file) return specifier
  }
  return undefined
}

function withoutExtension(path: string): string {
  return path.replace(EXTENSION, '')
}
