import { enqueueCase } from './enqueue.ts'

export const enqueueOne = enqueueCase({
  name: 'enqueue-one',
  label: 'enqueue, one by one',
  jobs: 6_000,
  inFlight: 1,
  jobsPerCall: 1,
})
