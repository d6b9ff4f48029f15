import { didYouMean, nearest } from '../core/did-you-mean.ts'
import { InvalidArgumentError } from '../core/errors.ts'
import { CONNECTION_KEYS } from './connection.ts'

export interface Profile {
  readonly name: string
  /** Whether somebody asked for it: then it must be there, where there are any. */
  readonly isWanted: boolean
}

type Settings = Readonly<Record<string, unknown>>

/** Sidekiq's and Resque's files have their blocks at the top: these, and others beside them. */
const BARE_BLOCKS = ['development', 'test', 'staging', 'production']
const ADDRESS = /^[a-z+]+:\/\/|^[^\s/]+:\d+/

/**
 * The settings of one environment: those of its block, and under them those outside any block.
 * @param known names of settings, which are no environment's
 */
export function ofProfile(
  settings: Settings,
  { name, isWanted }: Profile,
  where: string,
  known: readonly string[],
): Settings {
  const { env, ...rest } = settings
  const hasBlocks = BARE_BLOCKS.some((key) => Object.hasOwn(rest, key))
  const isBlock = ([key, value]: [string, unknown]) => {
    if (BARE_BLOCKS.includes(key)) return true
    if (known.includes(key) || !isBlockLike(value)) return false
    // What is a slip away from a setting is an error, which is told as such.
    return key === name || (hasBlocks && nearest(key, known, 1) === undefined)
  }
  const entries = Object.entries(rest)
  const bare = entries.filter(isBlock)
  const base = Object.fromEntries(entries.filter((entry) => !isBlock(entry)))
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

function isBlockLike(value: unknown): boolean {
  return typeof value === 'string' ? ADDRESS.test(value) : isObject(value)
}

function isObject(value: unknown): value is Settings {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function blocksOf(env: unknown, where: string): Settings {
  if (env === undefined || env === null) return {}
  if (isObject(env)) return env
  throw new InvalidArgumentError(
    `${where}: env: expected an object such as { production: { … } }, got ${typeof env}`,
  )
}

/** Resque's file has no more than an address for each environment. */
function toSettings(block: unknown, where: string): Settings {
  if (typeof block === 'string') return { url: block }
  if (isObject(block)) return block
  throw new InvalidArgumentError(
    `${where}: expected an object of settings, or an address, got ${String(block)}`,
  )
}
