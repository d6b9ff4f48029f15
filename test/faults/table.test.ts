import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'

const DOCS = new URL('../../docs/', import.meta.url).pathname
/** The numbers of the catalogue; three of it were merged into others. */
const FAULTS = Array.from({ length: 45 }, (_, i) => i + 1).filter((n) => ![20, 23, 35].includes(n))

/** Of each line of the table: its number, and the tests that it names. */
function rows() {
  const lines = readFileSync(join(DOCS, 'reliability.md'), 'utf8').split('\n')
  return lines.flatMap((line) => {
    const fault = /^\| F(\d+) /.exec(line)?.[1]
    const links = [...line.matchAll(/\[([^\]]+)\]\((\.\.\/test\/[^)]+)\)/g)]
    return fault
      ? [{ fault: Number(fault), tests: links.map(([, name = '', file = '']) => ({ name, file })) }]
      : []
  })
}

test('every fault has a line in docs/reliability.md', () => {
  expect(rows().map(({ fault }) => fault)).toEqual(FAULTS)
})

test.each(rows())(
  'what shows that F$fault is survived exists, and carries its number',
  ({ fault, tests }) => {
    expect(tests).not.toEqual([])
    for (const { name, file } of tests) {
      const titles = readFileSync(join(DOCS, file), 'utf8').split('\n')
      expect(
        titles.some((line) => line.includes(name) && line.includes(`[F${fault}]`)),
        `${name} in ${file}`,
      ).toBe(true)
    }
  },
)
