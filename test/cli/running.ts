import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer, type Socket } from 'node:net'
import { fileURLToPath } from 'node:url'
import { onTestFinished } from 'vitest'
import { argvOf } from '../kit/built.ts'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))

export interface Running {
  readonly child: ChildProcess
  /** Resolves once the text is on stdout or stderr. */
  said(text: string): Promise<void>
  /** What it has written to stdout by now. */
  out(): string
  ended: Promise<{ code: number | null; out: string; err: string }>
}

/** Starts a program of the tree in a process of its own, with a channel for messages. */
export function run(program: string, args: readonly string[], env: Record<string, string> = {}): Running {
  const child = spawn(process.execPath, [...argvOf(program), ...args], {
    cwd: ROOT,
    env: { ...process.env, NO_COLOR: '1', ...env },
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  })
  onTestFinished(() => void child.kill('SIGKILL'))
  let out = ''
  let err = ''
  child.stdout!.setEncoding('utf8').on('data', (text) => {
    out += text
  })
  child.stderr!.setEncoding('utf8').on('data', (text) => {
    err += text
  })
  const ended = once(child, 'close').then(([code]) => ({ code, out, err }))
  const said = async (text: string) => {
    while (!out.includes(text) && !err.includes(text)) {
      const over = await Promise.race([ended, once(child.stdout!, 'data'), once(child.stderr!, 'data')])
      if (!Array.isArray(over) && !out.includes(text) && !err.includes(text)) {
        throw new Error(`expected it to say '${text}', but it ended with ${over.code}:\n${out}${err}`)
      }
    }
  }
  return { child, said, out: () => out, ended }
}

/** A server that jobs connect to: `connected` tells that one runs, ending its socket lets it finish. */
export async function latch(): Promise<{ port: number; connected: Promise<Socket> }> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => void server.close())
  const connected = once(server, 'connection').then(([socket]) =>
    (socket as Socket).on('error', () => {}).resume(),
  )
  return { port: (server.address() as { port: number }).port, connected }
}
