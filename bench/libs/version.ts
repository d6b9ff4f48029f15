import { readFileSync } from 'node:fs'

/** The version of an installed package. Its file is read, because `exports` may hide package.json from import. */
export function packageVersion(name: string): string {
  const file = new URL(`../../node_modules/${name}/package.json`, import.meta.url)
  return (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version
}
