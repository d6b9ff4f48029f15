import { toNext } from 'funq/dashboard'
import { pages } from '../../../../dashboard.ts'

/** Made by the first request: `next build` loads this module too, and knows no password. */
export const { GET, POST } = toNext(pages)
