import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { titlesOf } from './titles.ts'

const ROOT = new URL('../..', import.meta.url).pathname
const ROW = /^\| ([DRSP]\d+) \| (.*) \| ([MSCN]) \| (.*) \|$/gm
const LINK = /\[((?:[^\]\\]|\\.)*)\]\(([^)\s]+)\)/g

interface Shown {
  readonly by: string
  /** From the root of the project. */
  readonly file: string
}

interface Row {
  readonly id: string
  readonly weight: string
  readonly shown: readonly Shown[]
}

function rowsOf(text: string): Row[] {
  return [...text.matchAll(ROW)].map(([, id, , weight, cell]) => ({
    id: id!,
    weight: weight!,
    shown: [...cell!.matchAll(LINK)].map(([, by, to]) => ({
      by: by!.replace(/\\(.)/g, '$1'),
      file: join('docs', to!.replace(/#.*$/, '')),
    })),
  }))
}

const titles = new Map<string, readonly string[]>()

/** Links whose file is gone, or names a test that is not there; a page is named by its path. */
function problems({ id, shown }: Row): string[] {
  return shown.flatMap(({ by, file }) => {
    if (!existsSync(join(ROOT, file))) return [`${id}: ${file} is not there`]
    if (!/\.test(-d)?\.ts$/.test(file)) return by === file ? [] : [`${id}: ${file} is called ${by}`]
    if (!titles.has(file)) titles.set(file, titlesOf(join(ROOT, file)))
    return titles.get(file)!.includes(by) ? [] : [`${id}: ${file} has no test '${by}'`]
  })
}

describe('docs/features.md', () => {
  const rows = rowsOf(readFileSync(join(ROOT, 'docs/features.md'), 'utf8'))

  test('names tests that there are, and pages that there are', () => {
    expect(rows.flatMap(problems)).toEqual([])
  })

  test('has every feature once, and what shows it unless there is nothing to build', () => {
    const counts = Object.fromEntries(
      ['D', 'R', 'S', 'P'].map((letter) => [letter, rows.filter(({ id }) => id.startsWith(letter)).length]),
    )
    expect(counts).toEqual({ D: 73, R: 85, S: 18, P: 39 })
    expect(new Set(rows.map(({ id }) => id)).size).toBe(rows.length)
    const bare = rows.filter(({ weight, shown }) => (weight === 'N') !== (shown.length === 0))
    expect(bare.map(({ id }) => id)).toEqual([])
  })

  test('a test that was renamed, a file that has moved and a page by another name are found', () => {
    const row = `| D1 | x | M | [gone \\[D1\\]](../test/docs/features.test.ts), [docs/no.md](no.md), [x](cron.md), [docs/cron.md](cron.md#x) |`
    expect(rowsOf(row).flatMap(problems)).toEqual([
      "D1: test/docs/features.test.ts has no test 'gone [D1]'",
      'D1: docs/no.md is not there',
      'D1: docs/cron.md is called x',
    ])
  })
})
