import { InvalidArgumentError } from '../../core/errors.ts'

/** How `startRedis` starts its server. */
export interface RedisOptions {
  /** TCP port on 127.0.0.1. @default a free one */
  readonly port?: number
  /**
   * Directory in which the data lasts; it is created if missing, and serves one server at a time.
   * @default a temporary one that `stop()` removes
   */
  readonly dir?: string
  /**
   * Append-only file: what was written outlives `restart()`, and a kill but for its last moment; with
   * `args: ['--appendfsync', 'always']` every acknowledged write does. @default true with `dir`, else false
   */
  readonly appendonly?: boolean
  /** More of the server's own options, as on its command line: `['--maxmemory', '10mb']`. @default none */
  readonly args?: readonly string[]
  /** Says nothing on stderr. @default false */
  readonly quiet?: boolean
  /** Receives the line that says which server was taken, instead of stderr. */
  readonly log?: (line: string) => void
}

/** Where one server listens and keeps its files. */
export interface Place {
  readonly port: number
  readonly socketPath: string
  readonly dataDir: string
}

/** The server's command line. */
export function serverArgs(options: RedisOptions, { port, socketPath, dataDir }: Place): string[] {
  const { dir, appendonly = dir !== undefined, args = [] } = options
  // Without the append-only file, a directory of the caller's still keeps what the server's own snapshots hold.
  const snapshots = dir !== undefined && !appendonly ? [] : ['--save', '']
  return [
    ...['--port', String(port), '--bind', '127.0.0.1'],
    ...['--unixsocket', socketPath, '--unixsocketperm', '700'],
    ...['--dir', dataDir, '--appendonly', appendonly ? 'yes' : 'no', ...snapshots],
    // A queue must hear that memory is full; any other policy drops jobs silently.
    ...['--maxmemory-policy', 'noeviction', '--daemonize', 'no'],
    ...args,
  ]
}

/** @throws InvalidArgumentError */
export function checkPort(port: number): number {
  if (Number.isInteger(port) && port >= 1 && port <= 65_535) return port
  throw new InvalidArgumentError(`port: expected an integer from 1 to 65535, got ${String(port)}`)
}

export function say(options: RedisOptions, line: string): void {
  if (options.log) options.log(line)
  else if (!options.quiet) process.stderr.write(`${line}\n`)
}
