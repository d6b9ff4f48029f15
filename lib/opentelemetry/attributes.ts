import type { Attributes } from '@opentelemetry/api'
import { version } from '../core/version.ts'

/** Of the semantic conventions for messaging, which are in development: these names are those of version 1.44. */
export const SCHEMA_URL = 'https://opentelemetry.io/schemas/1.44.0'
export const SCOPE = { name: 'funq', version: version() } as const

/** Seconds, as the conventions have it. */
export const SECONDS = {
  unit: 's',
  advice: {
    explicitBucketBoundaries: [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10],
  },
}

export type Operation = 'enqueue' | 'create' | 'process' | 'retry'

const TYPES = { enqueue: 'send', create: 'create', process: 'process', retry: 'process' } as const

/** What every span and every measurement of an operation carries. */
export function operation(name: Operation, queue: string): Attributes {
  return {
    'messaging.system': 'rq',
    'messaging.operation.name': name,
    'messaging.operation.type': TYPES[name],
    'messaging.destination.name': queue,
  }
}

/** What kind of error it was: few values, as metrics need it. */
export function errorType(error: unknown): string {
  return error instanceof Error && error.name !== '' ? error.name : '_OTHER'
}
