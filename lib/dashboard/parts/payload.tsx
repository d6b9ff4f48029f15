import { parseExactly } from '../../core/exact-json.ts'
import { isLostResult } from '../../core/result.ts'
import type { LongText } from '../data/index.ts'
import { printable } from '../printable.ts'
import type { Redactor } from '../security/redact.ts'
import { Tree } from './tree.tsx'

export interface Decoded {
  /** The data, redacted; undefined where the text is cut or damaged, and `text` is all there is. */
  readonly value?: unknown
  readonly text: string
  readonly isJson: boolean
  /** Holds what JSON has no word for, in superjson's form. */
  readonly isRich: boolean
  readonly isRedacted: boolean
  /** Not the result, but why it could not be kept. */
  readonly isLost: boolean
}

/** A stored payload as data, by JSON alone: nothing of a user's classes is made. */
export function decodePayload(payload: LongText, hide: Redactor): Decoded {
  const isRich = payload.text.startsWith('S')
  const isLost = isLostResult(payload.text)
  const text = isRich || isLost ? payload.text.slice(1) : payload.text
  if (!isLost && !payload.isCut && text !== '') {
    try {
      const whole = parseExactly(text)
      const data = isRich ? (whole as { json?: unknown } | null)?.json : whole
      const value = hide.value(data)
      return {
        value,
        text,
        isJson: true,
        isRich,
        isRedacted: JSON.stringify(value) !== JSON.stringify(data),
        isLost,
      }
    } catch {
      // Damaged: shown as the text that it is.
    }
  }
  const shown = hide.text(text)
  return { text: shown, isJson: false, isRich, isRedacted: shown !== text, isLost }
}

export function PayloadView({ decoded }: { decoded: Decoded }) {
  return decoded.isJson ? <Tree value={decoded.value} /> : <pre class="code">{printable(decoded.text)}</pre>
}
