import { styleText } from 'node:util'

export type Style = Parameters<typeof styleText>[0]

/** Whether to colour what goes to a stream: FORCE_COLOR, then NO_COLOR and TERM=dumb, then whether it is a terminal. */
export function hasColour(
  stream: { readonly isTTY?: boolean },
  env: Readonly<Record<string, string | undefined>>,
): boolean {
  const { FORCE_COLOR: force, NO_COLOR: no, TERM: term } = env
  if (force !== undefined) return force !== '0' && force !== 'false'
  if (no !== undefined && no !== '') return false
  return stream.isTTY === true && term !== 'dumb'
}

/** Puts a style around texts; its escape codes are asked for once, as a log line cannot wait for that. */
export function styler(style: Style | undefined): (text: string) => string {
  if (style === undefined) return (text) => text
  const [open = '', close = ''] = styleText(style, '|', { validateStream: false }).split('|')
  return (text) => open + text + close
}
