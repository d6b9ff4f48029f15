import { declaredIn, tokensOf, wordsOf } from './tokens.ts'

/** A statement at the top level of an included part: a function, or a value. */
interface Chunk {
  readonly names: readonly string[]
  readonly text: string
  readonly isFunction: boolean
}

const HEAD = /^local (function )?([\w, ]+)/

/**
 * What a script includes, so that a call makes only the functions that it needs: those that the script names as `early`, and values they
 * use. The others are made together once one of them is called, as `late().name`. To make fifty functions costs more than all that most calls
 * do with three of them.
 */
export function divide(parts: string, main: string, early: readonly string[]): string {
  const chunks = toChunks(parts)
  const known = new Set(chunks.flatMap(({ names }) => names))
  for (const name of early)
    if (!known.has(name)) throw new Error(`--@early names ${name}, which no included part has`)
  const first = new Set(chunks.filter(({ names, isFunction }) => isFunction && early.includes(names[0]!)))
  // What these use that is no function, and what that uses.
  for (let size = -1; size !== first.size; ) {
    size = first.size
    const used = wordsOf([main, ...[...first].map(({ text }) => text)].join('\n'))
    for (const chunk of chunks)
      if (!chunk.isFunction && chunk.names.some((name) => used.has(name))) first.add(chunk)
  }
  const late = chunks.filter((chunk) => !first.has(chunk))
  const names = late.flatMap((chunk) => chunk.names)
  const made = names.map((name) => `${name} = ${name}`).join(', ')
  return [
    'local late',
    ...chunks.filter((chunk) => first.has(chunk)).map(({ text }) => callLate(text, names)),
    'late = function()',
    ...late.map(({ text }) => text),
    `local made = { ${made} }`,
    'late = function() return made end',
    'return made',
    'end',
    callLate(main, names),
  ].join('\n')
}

function toChunks(parts: string): Chunk[] {
  return parts
    .split(/^(?=local )/m)
    .filter((text) => text.trim() !== '')
    .map((text) => {
      const [, isFunction, names] = HEAD.exec(text) ?? []
      if (!names)
        throw new Error(`Expected an included part to begin with 'local', got: ${text.slice(0, 80)}`)
      return { names: names.trim().split(/,\s*/), text: text.trimEnd(), isFunction: isFunction !== undefined }
    })
}

function callLate(text: string, names: readonly string[]): string {
  for (const name of declaredIn(text))
    if (names.includes(name))
      throw new Error(`'${name}' is a function that is made late: name the variable otherwise`)
  const tokens = tokensOf(text)
  return tokens
    .map((token, i) => {
      if (!names.includes(token)) return token
      const after = tokens
        .slice(i + 1)
        .join('')
        .trimStart()
      if (/^=[^=]/.test(after))
        throw new Error(`'${token}' is a function that is made late, and cannot be set`)
      return `late().${token}`
    })
    .join('')
}
