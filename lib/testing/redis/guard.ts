import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import type { Socket } from 'node:net'

/**
 * Reads server pids until end of file, which comes when its Node process closes the pipe or ends, even by SIGKILL.
 * Then it ends the server whose pid it read last (an empty line is none) and removes the paths. Redis unlinks its
 * socket at the very end of a clean shutdown, which shows even where nobody reaps the orphan.
 */
const SCRIPT = `
server=
while read -r line; do server=$line; done
socket=$1
shift
if [ -n "$server" ]; then
  kill -s TERM "$server"
  ticks=50
  while [ -S "$socket" ] && [ "$ticks" -gt 0 ] && kill -s 0 "$server"; do
    sleep 0.1
    ticks=$((ticks - 1))
  done
  if [ -S "$socket" ]; then kill -s KILL -- "-$server"; fi
fi
rm -rf "$@"
`

/** A tiny shell process that outlives this one just long enough to leave no server and no files behind. */
export class Guard {
  readonly #child: ChildProcess
  readonly #ended: Promise<unknown>

  /** @param paths are removed when the guard ends. */
  constructor(socketPath: string, paths: readonly string[]) {
    this.#child = spawn('/bin/sh', ['-c', SCRIPT, 'funq-guard', socketPath, ...paths], {
      detached: true,
      stdio: ['pipe', 'ignore', 'ignore'],
      cwd: '/',
      env: { PATH: `/usr/bin:/bin:${process.env.PATH ?? ''}` },
    })
    // Somebody killed the guard: the server goes on, only without it.
    this.#child.stdin?.on('error', () => {})
    this.#ended = once(this.#child, 'exit').catch(() => undefined)
    this.#child.unref()
    ;(this.#child.stdin as Socket).unref()
  }

  /** Undefined when the system refused to start it. */
  get pid(): number | undefined {
    return this.#child.pid
  }

  /** Which server to end; undefined for none. */
  watch(server: number | undefined): void {
    this.#child.stdin?.write(`${server ?? ''}\n`)
  }

  /** Ends the watched server, removes the paths, and resolves when that is done. */
  async end(): Promise<void> {
    this.#child.ref()
    this.#child.stdin?.end()
    await this.#ended
  }
}
