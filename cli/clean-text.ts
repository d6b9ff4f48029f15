import { stripVTControlCharacters } from 'node:util'

/** C0 and C1 but for tab and newline, and the marks that turn the direction of writing. */
const UNSAFE = /[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/
const EVERY_UNSAFE = new RegExp(UNSAFE, 'g')

/**
 * Text that cannot steer a terminal: names, results and messages of jobs are written by whoever may enqueue.
 * Newlines and tabs stay.
 */
export function cleanText(text: string): string {
  return UNSAFE.test(text) ? stripVTControlCharacters(text).replace(EVERY_UNSAFE, '') : text
}
