import { enqueueCase } from './enqueue.ts'

// Calls of 1,000 are the best case of bee-queue; BullMQ's rate is the same for any size.
export const enqueueBulk = enqueueCase({
  name: 'enqueue-bulk',
  label: 'enqueue, bulk of 1,000',
  goal: 5,
  jobs: 40_000,
  inFlight: 1,
  jobsPerCall: 1_000,
})
