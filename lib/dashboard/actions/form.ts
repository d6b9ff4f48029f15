import { parseExactly } from '../../core/exact-json.ts'
import { BadRequest, TooLarge } from '../refusals.ts'

/** Larger than the arguments of a job may be, and than 5,000 ids are. */
const LARGEST = 4 * 1024 * 1024

/** A request's body as text. @throws TooLarge */
export async function bodyOf(request: Request): Promise<string> {
  if (Number(request.headers.get('content-length') ?? 0) > LARGEST) throw tooLarge()
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of request.body ?? []) {
    size += chunk.byteLength
    if (size > LARGEST) throw tooLarge()
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}

/** @throws BadRequest for what is no form */
export async function formOf(request: Request): Promise<URLSearchParams> {
  const type = request.headers.get('content-type') ?? ''
  const body = await bodyOf(request)
  if (body !== '' && !type.startsWith('application/x-www-form-urlencoded')) {
    throw new BadRequest(
      `expected a form (application/x-www-form-urlencoded), got ${JSON.stringify(type.slice(0, 80))}`,
    )
  }
  return new URLSearchParams(body)
}

/** @throws BadRequest for what is no JSON object */
export async function jsonOf(request: Request): Promise<Record<string, unknown>> {
  const body = await bodyOf(request)
  if (body === '') return {}
  let value: unknown
  try {
    value = parseExactly(body)
  } catch (error) {
    throw new BadRequest(`expected a JSON object, got ${(error as Error).message}`)
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value))
    return value as Record<string, unknown>
  throw new BadRequest('expected a JSON object')
}

function tooLarge(): TooLarge {
  return new TooLarge(`expected at most ${LARGEST} bytes`)
}

/** Where a form wants to go back to: a page of ours, or the overview. */
export function safeBack(text: string | null): string {
  if (!text || text.length > 4_000 || /^[/\\]|[\s\\]/.test(text)) return './'
  const base = 'http://rq.invalid/root/'
  if (!URL.canParse(text, base)) return './'
  const url = new URL(text, base)
  return url.origin === 'http://rq.invalid' && url.pathname.startsWith('/root/')
    ? `${url.pathname.slice('/root/'.length)}${url.search}` || './'
    : './'
}
