import { didYouMean } from '../core/did-you-mean.ts'
import { InvalidArgumentError } from '../core/errors.ts'
import { CONNECTION_KEYS } from './connection.ts'

export interface Profile {
  readonly name: string
  /** Whether somebody asked for it: then it must be there, where there are any. */
  readonly isWanted: boolean
}

type Settings = Readonly<Record<string, unknown>>

/** Sidekiq's and Resque's files have their blocks at the top. */
const BARE_BLOCKS = ['development', 'test', 'staging', 'production']

/** The settings of one environment: those of its block, and under them those outside any block. */
export function ofProfile(settings: Settings, { name, isWanted }: Profile, where: string): Settings {
  const { env, ...rest } = settings
  const bare = Object.entries(rest).filter(([key]) => BARE_BLOCKS.includes(key))
  const base = Object.fromEntries(Object.entries(rest).filter(([key]) => !BARE_BLOCKS.includes(key)))
  const blocks: Settings = { ...Object.fromEntries(bare), ...blocksOf(env, where) }
  const names = Object.keys(blocks)
  if (!Object.hasOwn(blocks, name)) {
    if (!isWanted || names.length === 0) return base
    throw new InvalidArgumentError(
      `${where}: expected a block for the environment '${name}', got ${names.join(', ')}.${didYouMean(name, names)}`,
    )
  }
  const block = withoutColons(toSettings(blocks[name], `${where}: ${name}`))
  if (typeof block.setup === 'function')
    throw new InvalidArgumentError(`${where}: setup: expected at the top of the file, got one in '${name}'`)
  // A block that says where the server is says all of it.
  const isPlaced = CONNECTION_KEYS.some((key) => block[key] !== undefined)
  const under = Object.entries(base).filter(([key]) => !(isPlaced && CONNECTION_KEYS.includes(key)))
  return { ...Object.fromEntries(under), ...block }
}

/** Sidekiq's files may write `:concurrency:`. */
export function withoutColons(settings: Settings): Settings {
  return Object.fromEntries(Object.entries(settings).map(([key, value]) => [key.replace(/^:/, ''), value]))
}

function blocksOf(env: unknown, where: string): Settings {
  if (env === undefined || env === null) return {}
  if (typeof env === 'object' && !Array.isArray(env)) return env as Settings
  throw new InvalidArgumentError(
    `${where}: env: expected an object such as { production: { … } }, got ${typeof env}`,
  )
}

/** Resque's file has no more than an address for each environment. */
function toSettings(block: unknown, where: string): Settings {
  if (typeof block === 'string') return { url: block }
  if (typeof block === 'object' && block !== null && !Array.isArray(block)) return block as Settings
  throw new InvalidArgumentError(
    `${where}: expected an object of settings, or an address, got ${String(block)}`,
  )
}
