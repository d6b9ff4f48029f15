import { expect, test } from 'vitest'
import { lineReader } from '../../../lib/worker/horse/lines.ts'

test('lines come out whole and in order, however the text was cut', () => {
  const text = 'one\n\ntwo and more\nthree\nunfinished'
  for (let size = 1; size <= text.length; size += 1) {
    const lines: string[] = []
    const read = lineReader((line) => lines.push(line))
    for (let start = 0; start < text.length; start += size) read(text.slice(start, start + size))
    expect(lines).toEqual(['one', '', 'two and more', 'three'])
  }
})
