import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

/** Debian's, or what the environment names. */
export const CHROMIUM = process.env.FUNQ_CHROMIUM ?? '/usr/bin/chromium'

function install(): void {
  if (existsSync(CHROMIUM)) return
  const command = 'apt-get install -y --no-install-recommends chromium'
  if (process.getuid?.() !== 0 || !existsSync('/usr/bin/apt-get')) {
    console.error(
      `No browser at ${CHROMIUM}. Install one (as root: ${command}), or name it by FUNQ_CHROMIUM.`,
    )
    process.exit(1)
  }
  execFileSync('apt-get', ['update', '-qq'], { stdio: 'inherit' })
  execFileSync('/bin/sh', ['-c', command], {
    stdio: ['ignore', 'ignore', 'inherit'],
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
  })
}

if (process.argv[1] === fileURLToPath(import.meta.url)) install()
