import { createCipheriv, createDecipheriv, createHmac, hkdfSync } from 'node:crypto'
import type { Codec } from './codec.ts'
import { InvalidJobError } from './errors.ts'
import { checkSecret, type Secret } from './signature.ts'

const CIPHER = 'aes-256-gcm'
const IV = 12
const TAG = 16
/** Tells one secret from another, and nothing about it. */
const ID = 6

interface Key {
  readonly id: string
  readonly cipher: Buffer
  readonly iv: Buffer
}

/**
 * A codec that encrypts with AES-256-GCM. What was changed, or belongs to another job, is refused. Give it to queues and, by the
 * module that exports it, to workers; see docs/security.md.
 * @param secret at least 16 characters, as of `openssl rand -base64 32`; of a list the first one encrypts, and all of them decrypt
 * @throws InvalidArgumentError
 */
export function encryption(secret: Secret): Codec {
  const keys = checkSecret(secret).map(toKey)
  const [first] = keys as [Key, ...Key[]]
  return {
    encode: (text, place) => `${first.id}.${seal(first, text, place)}`,
    decode: (text, place) => {
      const [id, sealed = ''] = text.split('.')
      const key = keys.find((each) => each.id === id)
      if (key) return open(key, sealed, place)
      throw new InvalidJobError(
        'it was encrypted with a secret that is not known here; while secrets are rotated, give encryption() both',
        { isUnknown: true },
      )
    },
  }
}

function toKey(secret: string): Key {
  const derive = (info: string, bytes: number) =>
    Buffer.from(hkdfSync('sha256', secret, '', `funq encryption ${info}`, bytes))
  return { id: derive('id', ID).toString('base64url'), cipher: derive('key', 32), iv: derive('iv', 32) }
}

function seal({ cipher: key, iv: ivKey }: Key, text: string, place: string): string {
  // From the text and its place, so that the same is encrypted alike, as a cron entry that is registered again must be; two
  // texts have the same nonce as rarely as if it were random.
  const iv = createHmac('sha256', ivKey).update(place).update('\0').update(text).digest().subarray(0, IV)
  const cipher = createCipheriv(CIPHER, key, iv).setAAD(Buffer.from(place))
  return Buffer.concat([iv, cipher.update(text, 'utf8'), cipher.final(), cipher.getAuthTag()]).toString(
    'base64url',
  )
}

function open({ cipher: key }: Key, sealed: string, place: string): string {
  const bytes = Buffer.from(sealed, 'base64url')
  if (bytes.length < IV + TAG) throw new InvalidJobError('it is cut off')
  const decipher = createDecipheriv(CIPHER, key, bytes.subarray(0, IV), { authTagLength: TAG })
    .setAAD(Buffer.from(place))
    .setAuthTag(bytes.subarray(-TAG))
  try {
    return decipher.update(bytes.subarray(IV, -TAG), undefined, 'utf8') + decipher.final('utf8')
  } catch {
    throw new InvalidJobError('it was changed, or is that of another job')
  }
}
