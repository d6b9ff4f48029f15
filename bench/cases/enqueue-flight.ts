import { enqueueCase } from './enqueue.ts'

export const enqueueFlight = enqueueCase({
  name: 'enqueue-flight',
  label: 'enqueue, 100 in flight',
  goal: 2.5,
  jobs: 100_000,
  inFlight: 100,
  jobsPerCall: 1,
})
