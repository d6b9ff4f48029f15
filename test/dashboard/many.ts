import { type Sample, sample } from './sample.ts'

/** Numbers that are in order as texts too. */
export const names = (n: number, prefix: string) =>
  Array.from({ length: n }, (_, i) => `${prefix}-${String(i).padStart(3, '0')}`)

/** The sample with so many cron entries, causes of failures, workers and queues. */
export async function manyOf(
  n: number,
  data: Sample = sample(),
): Promise<{ data: Sample; asked: string[][] }> {
  const store = {} as Parameters<typeof data.readCron>[0]
  const [[entry], [cause], [worker], [queue]] = await Promise.all([
    data.readCron(store),
    data.readErrors(store),
    data.readWorkers(store),
    data.readQueues(store),
  ])
  const cron = names(n, 'entry').map((name) => ({ ...entry!, name }))
  const causes = names(n, 'cause').map((fingerprint) => ({ ...cause!, fingerprint }))
  const workers = names(n, 'worker').map((name) => ({ ...worker!, name }))
  const queues = names(n, 'queue').map((name) => ({ ...queue!, name }))
  const asked: string[][] = []
  const rows = <T extends { name: string }>(all: readonly T[], wanted: readonly string[]) => {
    asked.push([...wanted])
    return all.filter(({ name }) => wanted.includes(name))
  }
  return {
    asked,
    data: {
      ...data,
      readQueues: async () => queues,
      readCronNames: async () => cron.map(({ name }) => name),
      readCron: async (_, wanted = []) => rows(cron, wanted),
      readErrors: async () => causes,
      readWorkerFacts: async () => ({ now: 0, workers: workers.map((each) => ({ ...each, fields: {} })) }),
      readWorkers: async (_, known) =>
        rows(
          workers,
          known!.workers.map(({ name }) => name),
        ),
    },
  }
}
