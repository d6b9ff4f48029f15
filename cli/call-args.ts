import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { text as readAll } from 'node:stream/consumers'
import { UsageError } from './exit-codes.ts'
import type { Host } from './host.ts'
import { literal } from './literal.ts'

/** `key=value`, `key:=json`, `key%=literal`; a URL is none of them. */
const KEYED = /^([A-Za-z_$][\w$-]*)(:=|%=|=)([\s\S]*)$/

type Form = 'text' | 'json' | 'literal'
const FORMS: Readonly<Record<string, Form>> = {
  ':': 'json',
  '%': 'literal',
  ':=': 'json',
  '%=': 'literal',
  '=': 'text',
}

/**
 * The arguments of a call, from words: `text`, `:json`, `%literal`; those with a key, `key=text`, `key:=json`, `key%=literal`,
 * make one object, the last argument. A value `@file` is what the file holds, `-` what stdin does.
 * @throws UsageError
 */
export async function parseArgs(
  words: readonly string[],
  host: Pick<Host, 'cwd' | 'stdin'>,
): Promise<unknown[]> {
  const args: unknown[] = []
  const named: Record<string, unknown> = {}
  let stdin: string | undefined
  const source = async (value: string, word: string): Promise<string> => {
    if (value.startsWith('@')) return readNamed(resolve(host.cwd, value.slice(1)), word)
    if (value !== '-') return value
    if (stdin !== undefined) throw new UsageError(`'${word}': stdin can be read once only`)
    stdin = await readAll(host.stdin)
    return stdin
  }
  for (const word of words) {
    const keyed = KEYED.exec(word)
    if (keyed) {
      const [, key = '', sign = '', value = ''] = keyed
      if (Object.hasOwn(named, key)) throw new UsageError(`'${word}': ${key} is set a second time`)
      if (key === '__proto__') throw new UsageError(`'${word}': expected another key than __proto__`)
      named[key] = convert(FORMS[sign]!, await source(value, word), word)
    } else {
      const form = FORMS[word[0] ?? ''] ?? 'text'
      const value = form === 'text' || word.startsWith('=') ? word : word.slice(1)
      args.push(convert(word.startsWith('=') ? 'text' : form, await source(value, word), word))
    }
  }
  return Object.keys(named).length > 0 ? [...args, named] : args
}

function convert(form: Form, text: string, word: string): unknown {
  if (form === 'text') return text
  if (form === 'literal') return literal(text, word)
  try {
    return JSON.parse(text)
  } catch (error) {
    throw new UsageError(
      `'${word}': expected JSON after the ':', got ${cut(text)}: ${(error as Error).message}`,
    )
  }
}

function readNamed(path: string, word: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    throw new UsageError(
      `'${word}': cannot read ${path}: ${(error as Error).message}`,
      `For a text that begins with @, use JSON: ':"@text"'.`,
    )
  }
}

function cut(text: string): string {
  return JSON.stringify(text.length > 60 ? `${text.slice(0, 60)}…` : text)
}
