import { describe, expect, test } from 'vitest'
import { encryption } from '../../lib/core/encryption.ts'
import { InvalidArgumentError, InvalidJobError } from '../../lib/core/errors.ts'

const SECRET = 'a secret of the shop 1'
const OTHER = 'a secret of the shop 2'
const PLACE = 'args:job-1'

const { encode, decode } = encryption(SECRET)

/** The error of a decode that must fail. */
function refused(run: () => unknown): InvalidJobError {
  try {
    run()
  } catch (error) {
    return error as InvalidJobError
  }
  throw new Error('expected an error')
}

describe('encryption', () => {
  test.each(['[]', '["Zoë",1]', '"\ud83d\ude00"', 'x'.repeat(1_000_000)])(
    'gives back what it was given',
    (text) => {
      const out = encode(text, PLACE)
      expect(out).not.toContain(text)
      expect(out).toMatch(/^[\w-]{8}\.[\w-]+$/)
      expect(decode(out, PLACE)).toBe(text)
    },
  )

  test('shows the same text alike only at the same place', () => {
    expect(encode('[1]', PLACE)).toBe(encode('[1]', PLACE))
    expect(encode('[1]', PLACE).slice(0, 25)).not.toBe(encode('[1]', 'args:job-2').slice(0, 25))
    expect(encode('[1]', PLACE).slice(9, 25)).not.toBe(encode('[2]', PLACE).slice(9, 25))
  })

  test('refuses what belongs to another place', () => {
    const out = encode('[1]', PLACE)
    for (const place of ['args:job-2', 'result:job-1', ''])
      expect(refused(() => decode(out, place)).message).toContain('that of another job')
  })

  test('refuses what was changed, wherever', () => {
    const out = encode('["a secret"]', PLACE)
    const [id = '', sealed = ''] = out.split('.')
    for (let at = 0; at < sealed.length - 1; at++) {
      const changed = `${sealed.slice(0, at)}${sealed[at] === 'A' ? 'B' : 'A'}${sealed.slice(at + 1)}`
      expect(refused(() => decode(`${id}.${changed}`, PLACE))).toBeInstanceOf(InvalidJobError)
    }
    for (const cut of ['', 'AAAA', sealed.slice(0, -4)])
      expect(refused(() => decode(`${id}.${cut}`, PLACE))).toMatchObject({ isUnknown: false })
  })

  test('while secrets are rotated the first one encrypts, and each of them decrypts', () => {
    const both = encryption([OTHER, SECRET])
    expect(both.decode(encode('[1]', PLACE), PLACE)).toBe('[1]')
    expect(encryption(OTHER).decode(both.encode('[1]', PLACE), PLACE)).toBe('[1]')
    // Another deployment may know it.
    expect(refused(() => decode(both.encode('[1]', PLACE), PLACE))).toMatchObject({ isUnknown: true })
  })

  test('wants a secret that is long enough, and does not show it', () => {
    expect(() => encryption('short')).toThrow(InvalidArgumentError)
    expect(() => encryption([])).toThrow(/at least 16 characters/)
    expect(() => encryption('short')).not.toThrow(/short'/)
  })
})
