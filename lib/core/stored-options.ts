/**
 * What a job's stored options must look like. Whoever can write to Redis can write anything, and a worker computes with them outside
 * of any job; options that it does not know are of a newer version, and pass.
 */
type Check = (value: unknown) => boolean

const ID = /^[A-Za-z0-9_.-]{1,128}$/

const isText: Check = (value) => typeof value === 'string'
const isCount: Check = (value) => Number.isSafeInteger(value) && (value as number) >= 0
const isSpan: Check = (value) => typeof value === 'number' && Number.isFinite(value) && value >= 0
const isShare: Check = (value) => isSpan(value) && (value as number) <= 1
const isFlag: Check = (value) => typeof value === 'boolean'
const orForever =
  (check: Check): Check =>
  (value) =>
    value === null || check(value)
const listOf =
  (check: Check): Check =>
  (value) =>
    Array.isArray(value) && value.every(check)
const mapOf =
  (key: RegExp, check: Check): Check =>
  (value) =>
    isObject(value) && Object.entries(value).every(([name, each]) => key.test(name) && check(each))

/** An object with these fields, all of them but the optional ones. */
function shape(needed: Record<string, Check>, optional: Record<string, Check> = {}): Check {
  return (value) =>
    isObject(value) &&
    Object.entries(needed).every(([name, check]) => Object.hasOwn(value, name) && check(value[name])) &&
    Object.entries(optional).every(([name, check]) => !Object.hasOwn(value, name) || check(value[name]))
}

const isIntervals: Check = (value) => listOf(isCount)(value) && (value as []).length > 0
const isCallback = shape({ func: isText, timeoutMs: isSpan })
const isWebhook = shape(
  {
    url: (value) => typeof value === 'string' && URL.canParse(value),
    on: isText,
    method: isText,
    timeoutMs: isSpan,
  },
  { headers: mapOf(/^/, isText) },
)

const CHECKS: Readonly<Record<string, Check>> = {
  timeoutMs: orForever(isSpan),
  resultTtlMs: orForever(isCount),
  failureTtlMs: orForever(isCount),
  retry: shape(
    { max: isCount, intervalsMs: isIntervals },
    {
      factor: isSpan,
      maxIntervalMs: isCount,
      jitter: isShare,
      only: listOf(isText),
      except: listOf(isText),
      atFront: isFlag,
    },
  ),
  repeat: shape({ times: isCount, intervalsMs: isIntervals }),
  description: isText,
  futures: mapOf(/^\d{1,6}$/, (ref) => typeof ref === 'string' && ref.includes('@')),
  resultLimit: isCount,
  onSuccess: isCallback,
  onFailure: isCallback,
  onStopped: isCallback,
  webhooks: listOf(isWebhook),
  group: (value) => typeof value === 'string' && ID.test(value),
  retriedFrom: (value) => typeof value === 'string' && value.includes('@'),
}

/** The name of an option that cannot be what funq has written, or undefined. */
export function optionProblem(options: object): string | undefined {
  for (const [name, value] of Object.entries(options)) {
    if (Object.hasOwn(CHECKS, name) && !CHECKS[name]!(value)) return name
  }
  return undefined
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
