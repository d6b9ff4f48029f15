import { hasColour, type Style, styler } from './colour.ts'
import type { Host } from './host.ts'

const WIDTH = 100

/** How to write for whoever reads stdout. */
export interface Terminal {
  readonly isTTY: boolean
  /** Columns; 100 where it is no terminal. */
  readonly width: number
  /** Whether block and other characters beyond ASCII will be shown. */
  readonly utf8: boolean
  readonly style: (style: Style, text: string) => string
}

export function terminalOf({ output, env }: Host): Terminal {
  const colour = hasColour(output.stdout, env)
  return {
    isTTY: output.stdout.isTTY === true,
    width: Math.max(40, output.stdout.columns ?? WIDTH),
    utf8: isUtf8(env),
    style: (style, text) => (colour ? styler(style)(text) : text),
  }
}

export function isUtf8(env: Host['env']): boolean {
  const locale = env.LC_ALL || env.LC_CTYPE || env.LANG || ''
  return /utf-?8/i.test(locale) || (env.WT_SESSION ?? '') !== ''
}
