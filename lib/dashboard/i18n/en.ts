import { details } from './en/details.ts'
import { frame } from './en/frame.ts'
import { lists } from './en/lists.ts'

/** What the pages say, in English; the shape that every language has. */
export const en = { ...frame, ...lists, ...details }
