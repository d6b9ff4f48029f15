import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { expect, test } from 'vitest'

const ROOT = new URL('../..', import.meta.url).pathname

const documents = [
  ...readdirSync(ROOT).filter((file) => file.endsWith('.md')),
  ...['docs', 'examples'].flatMap((folder) =>
    readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.md') && !file.includes('node_modules'))
      .map((file) => join(folder, file)),
  ),
]

const CODE = /^(```|~~~)[\s\S]*?^\1$|`[^`\n]*`/gm
const LINK = /!?\[(?:[^\]\\]|\\.)*\]\(\s*<?([^)\s>]+)>?(?:\s+"[^"]*")?\s*\)/g
const HTML_LINK = /<(?:a|img)\s[^>]*(?:href|src)="([^"]+)"/g

/** Where a heading is linked to, as GitHub names it. */
function anchorsOf(text: string): Set<string> {
  const seen = new Map<string, number>()
  const plain = text.replace(/^(```|~~~)[\s\S]*?^\1$/gm, '')
  const headings = [...plain.matchAll(/^#{1,6}\s+(.+?)\s*#*$/gm)].map(([, title]) => {
    const words = title!.replace(/\[([^\]]*)\]\([^)]*\)/g, '$1').replace(/[`*]/g, '')
    const slug = words
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, '')
      .replace(/\s/g, '-')
    const before = seen.get(slug) ?? 0
    seen.set(slug, before + 1)
    return before === 0 ? slug : `${slug}-${before}`
  })
  const named = [...plain.matchAll(/<a\s[^>]*(?:id|name)="([^"]+)"/g)].map(([, id]) => id!)
  return new Set([...headings, ...named])
}

/** Links that lead nowhere, one sentence each. */
function brokenLinks(document: string, read = (file: string) => readFileSync(file, 'utf8')): string[] {
  const file = join(ROOT, document)
  const text = read(file).replace(CODE, '')
  const targets = [...text.matchAll(LINK), ...text.matchAll(HTML_LINK)].map((match) => match[1]!)
  return targets.flatMap((target) => {
    if (/^[a-z][a-z0-9+.-]*:/i.test(target)) return []
    const [path = '', anchor] = target.split('#')
    const to = path === '' ? file : resolve(dirname(file), decodeURIComponent(path))
    if (relative(ROOT, to).startsWith('..')) return [`${document}: ${target} leads out of the project`]
    if (path !== '' && !existsSync(to)) return [`${document}: ${target} is not there`]
    if (anchor === undefined || !to.endsWith('.md')) return []
    return anchorsOf(read(to)).has(anchor) ? [] : [`${document}: ${target} has no such heading`]
  })
}

test.each(documents)('every link in %s leads somewhere', (document) => {
  expect(brokenLinks(document)).toEqual([])
})

test('links that lead nowhere are found', () => {
  const text = `# A title, or two\n[a](#a-title-or-two) [b](#b) [c](docs/cron.md) [d](docs/no.md "title")
[e](docs/cron.md#no) ![f](no.png) [g](https://example.com/x) \`[h](no)\` <a href="../x">h</a>
\`\`\`\n[i](no)\n\`\`\``
  const read = (file: string) => (file.endsWith('NOTES.md') ? text : readFileSync(file, 'utf8'))
  expect(brokenLinks('NOTES.md', read)).toEqual([
    'NOTES.md: #b has no such heading',
    'NOTES.md: docs/no.md is not there',
    'NOTES.md: docs/cron.md#no has no such heading',
    'NOTES.md: no.png is not there',
    'NOTES.md: ../x leads out of the project',
  ])
})
