import { type FSWatcher, readdirSync, watch } from 'node:fs'
import { join } from 'node:path'

/** An editor writes one file in several steps. */
const SETTLE_MS = 100
const CODE = /\.([cm]?[jt]sx?|json)$/
const SKIPPED = /^(node_modules|\..*)$/

/**
 * Calls back when code below the folders changes; not in node_modules, nor in what begins with a dot. Folder by folder, for Node's own
 * recursive watch would take in every package that is installed.
 * @returns stops watching
 */
export function watchFiles(
  roots: readonly string[],
  onChange: (file: string) => void,
  onError: (error: Error) => void,
): () => void {
  const watchers = new Map<string, FSWatcher>()
  let timer: NodeJS.Timeout | undefined
  const changed = (file: string) => {
    clearTimeout(timer)
    timer = setTimeout(() => onChange(file), SETTLE_MS)
  }
  const drop = (folder: string) => {
    watchers.get(folder)?.close()
    watchers.delete(folder)
  }
  const add = (folder: string): void => {
    if (watchers.has(folder)) return
    try {
      const watcher = watch(folder, (_, name) => {
        if (name === null) return
        if (CODE.test(name)) changed(join(folder, name))
        else if (!SKIPPED.test(name)) addFolder(join(folder, name))
      })
      watcher.on('error', () => drop(folder))
      watchers.set(folder, watcher)
      for (const entry of readdirSync(folder, { withFileTypes: true }))
        if (entry.isDirectory() && !SKIPPED.test(entry.name)) add(join(folder, entry.name))
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException
      // Gone again, or no folder.
      if (code === 'ENOENT' || code === 'ENOTDIR') drop(folder)
      else onError(error as Error)
    }
  }
  /** A folder that appears may hold files by the time it is watched. */
  const addFolder = (path: string) => {
    drop(path)
    add(path)
    if (watchers.has(path)) changed(path)
  }
  for (const root of roots) add(root)
  return () => {
    clearTimeout(timer)
    for (const folder of [...watchers.keys()]) drop(folder)
  }
}
