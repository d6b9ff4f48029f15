import { describe, expect, test } from 'vitest'
import { InvalidArgumentError, InvalidJobError, SerializationError } from '../../lib/core/errors.ts'
import { decode, encode } from '../../lib/core/payload.ts'
import { registerClass } from '../../lib/core/register-class.ts'

const roundTrip = (value: unknown) => decode(encode(value, 'args'))

class User {
  readonly name: string
  born = new Date(0)
  tags = new Set(['a'])
  constructor(name: string) {
    this.name = name
  }
  greet() {
    return `I am ${this.name}`
  }
}
registerClass(User)

class Account {
  readonly id: number
  readonly password: string
  constructor(id: number, password: string) {
    this.id = id
    this.password = password
  }
}
registerClass(Account, { name: 'bank.Account', allowProps: ['id'] })

class PaymentError extends Error {
  readonly code = 'DECLINED'
}
registerClass(PaymentError, { allowProps: ['message', 'code'] })

test('an instance of a registered class comes back as one, rich fields and all', () => {
  const [back] = roundTrip([new User('Ann')]) as [User]
  expect(back).toBeInstanceOf(User)
  expect(back.greet()).toBe('I am Ann')
  expect(back).toEqual(new User('Ann'))
})

test('allowProps leaves other properties behind', () => {
  const text = encode(new Account(1, 'secret'), 'args')
  expect(text).not.toContain('secret')
  expect(decode(text)).toEqual(Object.assign(Object.create(Account.prototype), { id: 1 }))
})

test('an error class travels with the properties that are named', () => {
  const back = roundTrip(new PaymentError('no money')) as PaymentError
  expect(back).toBeInstanceOf(PaymentError)
  expect(back).toMatchObject({ message: 'no money', code: 'DECLINED' })
})

test('a subclass of a registered class is not registered', () => {
  class Admin extends User {}
  expect(() => encode(new Admin('Eve'), 'args')).toThrow(SerializationError)
})

test('what a field holds is checked as well', () => {
  const user = Object.assign(new User('Ann'), { callback: () => 1 })
  expect(() => encode([user], 'args')).toThrow('args[0].callback is a function')
})

test('a class that this process does not know is an InvalidJobError', () => {
  const text = encode(new User('Ann'), 'args').replaceAll('"User"', '"Stranger"')
  expect(() => decode(text)).toThrow(InvalidJobError)
  expect(() => decode(text)).toThrow("unknown class 'Stranger'; call registerClass")
})

test('registering a class again does nothing', () => {
  registerClass(User)
  registerClass(Account, { name: 'bank.Account' })
  expect(roundTrip(new User('Ann'))).toBeInstanceOf(User)
})

describe('a registration that cannot work is refused', () => {
  test.each([
    ['another class of the same name', class User {}, {}, "the name 'User' belongs to another class"],
    ['the same class under another name', User, { name: 'Person' }, 'already registered under another name'],
    ['a class without a name', (() => class {})(), {}, 'give one'],
    ['what is no class', () => 1, {}, 'expected a class'],
    ['a built-in', Map, {}, 'hold the Map in a field'],
    ['a subclass of a built-in', class Dates extends Set {}, {}, 'extends Set'],
    ['an error without its properties named', class Oops extends Error {}, {}, 'allowProps'],
  ])('%s', (_, type, options, message) => {
    expect(() => registerClass(type as never, options)).toThrow(InvalidArgumentError)
    expect(() => registerClass(type as never, options)).toThrow(message)
  })
})
