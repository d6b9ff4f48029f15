import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

const PROGRAM = fileURLToPath(new URL('../../fixtures/horse/orphan-maker.ts', import.meta.url))

test.each(['hang', 'spin', 'subprocess'])(
  '[F39] a horse whose worker is killed ends by itself within seconds, even if its job is in %s',
  async (fate) => {
    const worker = spawn(process.execPath, ['--import', import.meta.resolve('tsx'), PROGRAM, fate], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    const [begun] = await once(worker.stdout, 'data')
    expect(String(begun)).toBe('begun\n')
    const killed = performance.now()
    worker.kill('SIGKILL')
    // The horse and its subprocesses hold the same pipe: it closes when the last of them is gone.
    await once(worker.stdout, 'close')
    expect(performance.now() - killed).toBeLessThan(5_000)
  },
)
