import { expect, test } from 'vitest'
import { obeySignals } from '../../cli/work-signals.ts'
import { logbook } from '../kit/harness.ts'
import { fakeHost } from './kit.ts'

test('a SIGCONT that comes with each SIGTERM of systemd says nothing, one after SIGUSR2 that work goes on', () => {
  const host = fakeHost()
  const { lines, logger } = logbook()
  const told: string[] = []
  const worker = {
    pause: () => void told.push('pause'),
    resume: () => void told.push('resume'),
    killRunning: () => {},
    tellRunning: () => {},
  }
  const deaf = obeySignals(worker, logger, host)
  for (const signal of ['SIGCONT', 'SIGUSR2', 'SIGCONT', 'SIGCONT'] as const) host.send(signal)
  // A pause by the program itself ends by it all the same.
  expect(told).toEqual(['resume', 'pause', 'resume', 'resume'])
  expect(lines).toEqual(['SIGUSR2: paused, SIGCONT resumes', 'SIGCONT: resumed'])
  deaf()
})
