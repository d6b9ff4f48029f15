import { declaredIn, tokensOf, wordsOf } from './tokens.ts'

/** A function that answers one expression. */
const ONE_LINER = /^local function (\w+)\(([\w, ]*)\)\n +return (.+)\nend\n?/m

/** What may stand for a parameter as often as that is used. */
const SIMPLE = /^(?:[\w.]+|\w+\[\w+\]|'[^']*')$/

/**
 * Puts functions that answer one expression where they are called. Each call of a script makes its functions anew, which with the garbage that they become costs
 * Redis more than what such a function does.
 */
export function inline(text: string): string {
  const [whole, name, list, expression] = ONE_LINER.exec(text) ?? []
  if (whole === undefined) return text
  const at = text.indexOf(whole)
  const params = list!.split(/, */).filter(Boolean)
  const head = text.slice(0, at)
  const rest = inline(text.slice(at + whole.length))
  const declared = declaredIn(rest)
  const hidden = [...wordsOf(expression!)].some((word) => !params.includes(word) && declared.has(word))
  const isOne = argumentsAt(tokensOf(`(${expression})`), 0)?.args.length === 1
  const replaced = hidden || !isOne ? undefined : withoutCalls(rest, name!, params, expression!)
  return head + (replaced ?? whole + rest)
}

/** Nothing where one of its uses cannot be replaced. */
function withoutCalls(text: string, name: string, params: readonly string[], expression: string) {
  const tokens = tokensOf(text)
  let out = ''
  for (let i = 0; i < tokens.length; i++) {
    if (tokens[i] !== name) {
      out += tokens[i]
      continue
    }
    const call = argumentsAt(tokens, i + 1)
    if (!call || call.args.length !== params.length) return undefined
    // One may stand among the arguments of another.
    const args = call.args.map((arg) => withoutCalls(arg, name, params, expression))
    const body = substituted(expression, params, args)
    if (body === undefined) return undefined
    out += isCall(body) ? body : `(${body})`
    i = call.end
  }
  return out
}

function substituted(
  expression: string,
  params: readonly string[],
  args: readonly (string | undefined)[],
): string | undefined {
  const tokens = tokensOf(expression)
  if (tokens.some((token) => params.some((param) => token.startsWith(`${param}.`)))) return undefined
  for (const [i, param] of params.entries()) {
    const uses = tokens.filter((token) => token === param).length
    if (args[i] === undefined || (uses !== 1 && !SIMPLE.test(args[i]))) return undefined
  }
  return tokens
    .map((token) => {
      const arg = args[params.indexOf(token)]
      if (arg === undefined) return token
      return SIMPLE.test(arg) || isCall(arg) ? arg : `(${arg})`
    })
    .join('')
}

/** Whether it is nothing but a call, which needs no parentheses around it wherever it stands. */
function isCall(text: string): boolean {
  const tokens = tokensOf(text)
  return /^\w/.test(text) && argumentsAt(tokens, 1)?.end === tokens.length - 1
}

/** The arguments of a call whose parenthesis is the token at `start`, and where it ends. */
function argumentsAt(tokens: readonly string[], start: number): { args: string[]; end: number } | undefined {
  if (tokens[start] !== '(') return undefined
  const args: string[] = []
  let arg = ''
  let depth = 0
  for (let i = start + 1; i < tokens.length; i++) {
    const token = tokens[i]!
    if (token === ')' && depth === 0) {
      if (arg.trim() !== '') args.push(arg.trim())
      return { args, end: i }
    }
    if ('([{'.includes(token)) depth++
    if (')]}'.includes(token)) depth--
    if (token === ',' && depth === 0) {
      args.push(arg.trim())
      arg = ''
    } else arg += token
  }
  return undefined
}
