import { readDefinition, readHistory, slotJobId } from '../../lib/core/cron-definition.ts'
import { CRON_KEYS } from '../../lib/redis/keys.ts'
import type { QueueSpace } from './keyspace.ts'

/** What stands in the braces of the keys of cron entries. */
export const CRON = ':cron'

/** Every invariant of the cron keys that does not hold, one sentence each. */
export function walkCron(space: QueueSpace | undefined): string[] {
  if (!space) return []
  const broken: string[] = []
  const say = (problem: string) => void broken.push(`cron: ${problem}`)
  for (const [short, { type }] of space.keys) {
    const [expected] = CRON_KEYS[short as keyof typeof CRON_KEYS] ?? []
    if (type !== expected) say(`${short} is a ${type}, expected ${expected ?? 'no such key'}`)
  }
  const entries = (space.keys.get('entries')?.value ?? new Map()) as Map<string, string>
  const due = (space.keys.get('due')?.value ?? new Map()) as Map<string, number>
  const paused = (space.keys.get('paused')?.value ?? new Set()) as Set<string>
  const last = (space.keys.get('last')?.value ?? new Map()) as Map<string, string>
  const pending = (space.keys.get('pending')?.value ?? new Map()) as Map<string, number>
  for (const [name, text] of entries) {
    if (!text.startsWith('{"rev":"')) say(`the definition of ${name} does not begin with its revision`)
    if (readDefinition(name, text).name !== name) say(`${name} holds the definition of another entry`)
  }
  for (const name of [...due.keys(), ...paused, ...last.keys()])
    if (!entries.has(name)) say(`${name} is due, paused or has run, and is no entry`)
  for (const name of paused) if (due.has(name)) say(`${name} is paused and due`)
  for (const [name, slot] of due) {
    const fired = readHistory(last.get(name))?.slot
    if (fired !== undefined && slot <= fired) say(`${name} is due at ${slot}, a slot that has fired`)
  }
  for (const [name, text] of last) {
    const history = readHistory(text)
    const id = history && slotJobId(name, history.slot)
    if (!history?.ref.startsWith(`${id}@`)) say(`the last job of ${name} is ${text}`)
  }
  for (const ref of pending.keys()) if (!/^cron-.+-\d{8}T\d{6}(\.\d+)?Z@./.test(ref)) say(`${ref} is pending`)
  return broken
}
