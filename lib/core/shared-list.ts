/**
 * One list a process, even where funq is loaded twice (as ESM and CommonJS, from source and from the build): what one copy is told, the
 * horse's or the producer's copy must find.
 */
export function sharedList<T>(name: string): T[] {
  const key = Symbol.for(`funq.${name}`)
  const shared = globalThis as { [key: symbol]: T[] | undefined }
  shared[key] ??= []
  return shared[key]
}
