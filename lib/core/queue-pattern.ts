import { InvalidArgumentError } from './errors.ts'
import { checkQueueName } from './names.ts'

/** One entry of a worker's list of queues: a name, or a glob that stands for those there are. */
export interface QueuePattern {
  readonly text: string
  /** How often it comes first beside others; undefined where no weight is given. */
  readonly weight: number | undefined
  /** Whether it takes away what the globs match. */
  readonly not: boolean
  /** Undefined for a name. */
  readonly glob: RegExp | undefined
}

const HEAVIEST = 1_000

/**
 * Reads `critical`, `*`, `mail_*`, `!low`, `!file_*`, and with a weight `high:5`.
 * @throws InvalidArgumentError
 */
export function parseQueuePattern(given: unknown): QueuePattern {
  const [, not, text, weight] = /^(!?)(.*?)(?::(\d+))?$/s.exec(typeof given === 'string' ? given : '') ?? []
  if (typeof given !== 'string' || !text?.includes('*')) {
    const name = checkQueueName(not ? text : typeof given === 'string' && weight !== undefined ? text : given)
    return {
      text: name,
      not: not === '!',
      weight: toWeight(weight, given),
      glob: not ? exactly(name) : undefined,
    }
  }
  checkQueueName(text.replaceAll('*', '') || 'any')
  return { text, not: not === '!', weight: toWeight(weight, given), glob: exactly(text) }
}

function toWeight(text: string | undefined, given: unknown): number | undefined {
  if (text === undefined) return undefined
  const weight = Number(text)
  if (weight >= 1 && weight <= HEAVIEST) return weight
  throw new InvalidArgumentError(
    `queue weight: expected a whole number from 1 to ${HEAVIEST}, as in high:5, got ${String(given)}`,
  )
}

/** An asterisk stands for any number of characters. */
function exactly(glob: string): RegExp {
  const literal = glob.split('*').map((part) => part.replace(/[.*+?^$()|[\]\\]/g, '\\$&'))
  return new RegExp(`^${literal.join('.*')}$`, 'su')
}
