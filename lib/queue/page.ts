import { InvalidArgumentError } from '../core/errors.ts'
import type { Page } from '../core/store.ts'

/** @throws InvalidArgumentError for a page that no store can give: one would take it for all, another refuse it in words of its own */
export function checkPage(page: Page): Page {
  for (const name of ['offset', 'limit'] as const) {
    const value = page[name]
    if (value === undefined || (Number.isSafeInteger(value) && value >= 0)) continue
    throw new InvalidArgumentError(`${name}: expected a whole number, 0 or more, got ${String(value)}`)
  }
  return page
}
