import { emitKeypressEvents } from 'node:readline'
import type { Host } from '../host.ts'

type Stdin = Host['stdin'] & { setRawMode?(raw: boolean): unknown }

interface Key {
  readonly name?: string
  readonly sequence?: string
  readonly ctrl?: boolean
  readonly shift?: boolean
}

/** Hears single keys, and gives the terminal its line mode back on any exit. Answers what ends it. */
export function listenToKeys(host: Host, onKey: (key: string) => void): () => void {
  const stdin = host.stdin as Stdin
  const hear = (text: string | undefined, key: Key = {}) => onKey(nameOf(text, key))
  emitKeypressEvents(stdin)
  stdin.setRawMode?.(true)
  const forget = host.atExit(() => stdin.setRawMode?.(false))
  stdin.on('keypress', hear)
  stdin.resume()
  return () => {
    forget()
    stdin.off('keypress', hear)
    stdin.setRawMode?.(false)
    stdin.pause()
  }
}

/** `j`, `G`, `/`, `return`, `pagedown`, `C-c`, `S-tab`. */
function nameOf(text: string | undefined, { name, ctrl, shift }: Key): string {
  if (name === 'enter') return 'return'
  if (ctrl) return `C-${name}`
  if (shift && name === 'tab') return 'S-tab'
  const isPrintable = text !== undefined && [...text].length === 1 && text >= ' ' && text !== '\x7f'
  return isPrintable ? text : (name ?? '')
}
