import { statSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import type { Registration } from '../core/cron-store.ts'
import { InvalidArgumentError } from '../core/errors.ts'
import { projectRoot } from '../core/project-root.ts'
import { importFile } from '../run/load.ts'
import { realPath } from '../run/resolve.ts'
import type { Cron, CronSynced } from './cron.ts'
import type { CronOptions } from './cron-options.ts'

/** What a file of cron entries exports by default: the list of them, or a function that registers them, or gives the list. */
export type CronFile = readonly CronOptions<any>[] | ((cron: Cron) => unknown | Promise<unknown>)

const EXPECTED =
  'expected its default export to be a list of cron entries, or a function that is given a Cron'

/**
 * Registers what a module lists; TypeScript is loaded as a worker does.
 * @param prune removes every entry that the file does not name
 * @throws InvalidArgumentError for a file that is missing, fails to load, or exports something else
 */
export async function loadCronFile(
  cron: Cron,
  path: string,
  { prune = false }: { readonly prune?: boolean } = {},
): Promise<CronSynced> {
  const entries = await entriesOf(path)
  if (typeof entries !== 'function') return cron.sync(entries, { prune })
  const listed = await entries(cron)
  if (Array.isArray(listed)) await cron.sync(listed)
  const named = (registration: Registration) =>
    [...cron.registered].filter(([, each]) => each === registration).map(([name]) => name)
  return {
    created: named('created'),
    changed: named('changed'),
    kept: named('kept'),
    removed: prune ? await cron.prune(cron.registered.keys()) : [],
  }
}

async function entriesOf(path: string): Promise<CronFile> {
  const file = realPath(resolve(path))
  if (!statSync(file, { throwIfNoEntry: false })?.isFile())
    throw new InvalidArgumentError(
      `expected a module with cron entries, got '${path}'; there is no file ${file}`,
    )
  const module = await load(file)
  const entries = (module as { default?: unknown }).default
  if (Array.isArray(entries) || typeof entries === 'function') return entries as CronFile
  throw new InvalidArgumentError(
    `${path}: ${EXPECTED}, got ${entries === undefined ? 'none' : typeof entries}`,
  )
}

async function load(file: string): Promise<object> {
  try {
    return await importFile({ file, root: projectRoot(dirname(file)) })
  } catch (error) {
    throw new InvalidArgumentError((error as Error).message, { cause: error })
  }
}
