import type { Counter, Histogram, Meter } from '@opentelemetry/api'
import { SECONDS } from './attributes.ts'

/** What is measured, by the names of the conventions where they have one. */
export interface Instruments {
  readonly sent: Counter
  readonly sending: Histogram
  readonly consumed: Counter
  readonly processing: Histogram
  readonly waiting: Histogram
}

export function toInstruments(meter: Meter): Instruments {
  return {
    sent: meter.createCounter('messaging.client.sent.messages', {
      unit: '{message}',
      description: 'Jobs that were enqueued, or could not be',
    }),
    sending: meter.createHistogram('messaging.client.operation.duration', {
      ...SECONDS,
      description: 'How long an enqueue took',
    }),
    consumed: meter.createCounter('messaging.client.consumed.messages', {
      unit: '{message}',
      description: 'Runs that began',
    }),
    processing: meter.createHistogram('messaging.process.duration', {
      ...SECONDS,
      description: 'How long runs took',
    }),
    waiting: meter.createHistogram('rq.job.wait.duration', {
      ...SECONDS,
      description: 'From when a job was queued until it began, of first attempts',
    }),
  }
}
