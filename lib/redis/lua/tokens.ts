/** Lua text in pieces: quoted texts, names with the fields behind them, spaces, and single characters. */
const TOKENS = /'(?:\\.|[^'\\])*'|"(?:\\.|[^"\\])*"|[A-Za-z_]\w*(?:\.\w+)*|\s+|[\s\S]/g

/** Where Lua text declares names: parameters, variables. */
const DECLARED = /\bfunction *\w*\(([^)]*)\)|\blocal (?!function)([\w, ]+)|\bfor ([\w, ]+?) (?:=|in)/g

export function tokensOf(text: string): string[] {
  return text.match(TOKENS) ?? []
}

/** Names that Lua text uses, those of fields and in quotes aside. */
export function wordsOf(text: string): Set<string> {
  return new Set(tokensOf(text).flatMap((token) => /^[A-Za-z_]\w*/.exec(token)?.[0] ?? []))
}

/** Names that Lua text declares. */
export function declaredIn(text: string): Set<string> {
  const lists = [...text.matchAll(DECLARED)].flatMap(([, ...lists]) => lists)
  return new Set(lists.flatMap((list) => list?.split(/[, ]+/) ?? []).filter(Boolean))
}
