import { readFileSync } from 'node:fs'

/** One block of code of a document. */
export interface Snippet {
  readonly code: string
  readonly language: string
  /** The line of the document that it begins at. */
  readonly line: number
  /** It says in a comment before it why it cannot run here; its types are checked all the same. */
  readonly isRun: boolean
  /** The file that it stands for, where its first line is that name. */
  readonly file: string | undefined
}

const BLOCK = /(<!-- not run: [^\n]*-->\n\n?)?^```(\w+)\n([\s\S]*?)^```$/gm

export function snippetsOf(path: string): Snippet[] {
  const text = readFileSync(path, 'utf8')
  return [...text.matchAll(BLOCK)].map(({ index, 1: excuse, 2: language = '', 3: code = '' }) => ({
    code,
    language,
    line: text.slice(0, index).split('\n').length,
    isRun: excuse === undefined,
    file: /^\/\/ ([\w./-]+\.[jt]sx?)\b/.exec(code)?.[1],
  }))
}

const IMPORT = /^import (?:type )?(?:\{([^}]*)\}|(\* as \w+|\w+)) from '([^']+)'.*$/gm
const SIDE_EFFECT = /^import '([^']+)'.*$/gm

/**
 * One program of a document's blocks, in their order. Names that a block uses without an import come
 * from `known`: module → names.
 */
export function programOf(
  snippets: readonly Snippet[],
  known: Readonly<Record<string, readonly string[]>>,
): string {
  const imports = new Map<string, Set<string>>()
  const add = (from: string, name: string) => imports.set(from, (imports.get(from) ?? new Set()).add(name))
  const sideEffects = new Set<string>()
  const bodies = snippets.map(({ code, line, isRun }) => {
    for (const [, names, whole, from] of code.matchAll(IMPORT)) {
      for (const name of names?.split(',') ?? [`= ${whole}`])
        if (name.trim() !== '') add(from!, name.trim().replace(/^type /, ''))
    }
    for (const [, from] of code.matchAll(SIDE_EFFECT)) sideEffects.add(from!)
    const body = code
      .replace(IMPORT, '')
      .replace(SIDE_EFFECT, '')
      .replace(/^export (default )?/gm, '')
    // A block sees what those before it have declared, and may declare it anew.
    return isRun ? `at(${line})\n{\n${body}` : `void async function () {\n${body}}\n`
  })
  const closing = '}\n'.repeat(snippets.filter(({ isRun }) => isRun).length)
  const used = bodies.join('\n')
  const imported = new Set([...imports.values()].flatMap((names) => [...names]))
  for (const [from, names] of Object.entries(known)) {
    for (const name of names) {
      if (new RegExp(`\\b${name}\\b`).test(used) && !imported.has(name)) add(from, name)
    }
  }
  const lines = [...imports].flatMap(([from, names]) => {
    const named = [...names].filter((name) => !name.startsWith('= '))
    const whole = [...names].filter((name) => name.startsWith('= '))
    return [
      ...(named.length > 0 ? [`import { ${named.join(', ')} } from '${from}'`] : []),
      ...whole.map((name) => `import ${name.slice(2)} from '${from}'`),
    ]
  })
  return [
    ...lines,
    ...[...sideEffects].map((from) => `import '${from}'`),
    "import { at, finish } from './prelude.ts'",
    '',
    ...bodies,
    'await finish()',
    closing,
    '',
  ].join('\n')
}
