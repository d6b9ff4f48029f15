import { expect, test } from 'vitest'
import { CAPACITY, Gate, Tickets } from '../../../lib/worker/horse/gate.ts'

test('only the first to settle a ticket has it, on whichever side of the memory', () => {
  const horse = new Gate()
  const worker = new Gate(horse.memory)
  const tickets = new Tickets()
  const [first, second] = [tickets.take()!, tickets.take()!]
  expect(horse.settle(first)).toBe(true)
  expect(worker.settle(first)).toBe(false)
  expect(worker.settle(second)).toBe(true)
  expect(horse.settle(second)).toBe(false)
})

test('a ticket stays settled when its cell has gone to a later one', () => {
  const gate = new Gate()
  const tickets = new Tickets()
  const old = tickets.take()!
  gate.settle(old)
  tickets.giveBack(old)
  const next = tickets.take()!
  expect(next & (CAPACITY - 1)).toBe(old & (CAPACITY - 1))
  expect(gate.settle(next)).toBe(true)
  expect(gate.settle(old)).toBe(false)
})

test('every ticket can be settled once, across the wrap around 32 bits', () => {
  const gate = new Gate()
  const last = 0x7fff_f000
  expect(gate.settle(last - CAPACITY)).toBe(true)
  const tickets = [last, (last + CAPACITY) | 0, (last + 2 * CAPACITY) | 0]
  expect(tickets[1]).toBeLessThan(0)
  for (const ticket of tickets) {
    expect(gate.settle(ticket)).toBe(true)
    expect(gate.settle(ticket)).toBe(false)
  }
})

test('all tickets of a new gate are distinct and unsettled, and there are as many as it holds', () => {
  const gate = new Gate()
  const tickets = new Tickets()
  for (let n = 0; n < CAPACITY; n += 1) expect(gate.settle(tickets.take()!)).toBe(true)
  expect(tickets.take()).toBeUndefined()
})
