import { resolve } from 'node:path'
import { type Config, checkConfig } from './config.ts'
import { findConfigFile, readConfigFile } from './file.ts'

/** Which config file `loadConfig` reads, and which part of it counts. */
export interface LoadConfigOptions {
  /** The file. @default RQ_CONFIG, else the nearest rq.config.{ts,mts,mjs,js,cjs,json,yml,yaml} upward to the project's root */
  readonly file?: string
  /** Where it is looked for, and what a relative `file` is meant from. @default the working directory */
  readonly cwd?: string
  /** Which of its `env` blocks counts. @default RQ_ENV, else NODE_ENV, else 'development' */
  readonly profile?: string
  readonly env?: Readonly<Record<string, string | undefined>>
}

/** What the config file says, checked, and which file that is: what `loadConfig` gives. */
export interface LoadedConfig extends Config {
  /** The file that was read, if there is one. */
  readonly file: string | undefined
  /** Whether that file was named, rather than found. */
  readonly isNamed: boolean
}

/**
 * Reads the project's config file: the same that `rq`, `rqworker` and the dashboard go by. Without one everything in it is left out.
 * @throws InvalidArgumentError for a file that cannot be used
 */
export async function loadConfig({
  file,
  cwd = process.cwd(),
  profile,
  env = process.env,
}: LoadConfigOptions = {}): Promise<LoadedConfig> {
  const named = file ?? (env.RQ_CONFIG || undefined)
  const path = named === undefined ? findConfigFile(cwd) : resolve(cwd, named)
  const wanted = profile ?? (env.RQ_ENV || undefined)
  const config = checkConfig(path === undefined ? {} : await readConfigFile(path), path ?? '', {
    name: wanted ?? (env.NODE_ENV || 'development'),
    isWanted: wanted !== undefined,
  })
  return { ...config, file: path, isNamed: named !== undefined }
}
