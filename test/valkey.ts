import { spawn } from 'node:child_process'
import { onPath, probe } from '../lib/testing/redis/binary.ts'

/** `npm run test:valkey`: every test that talks to a server, on Valkey. Words after `--` are vitest's, such as a folder. */
const FOLDERS = ['store', 'redis', 'queue', 'worker', 'cluster', 'faults', 'hostile', 'rq'].map(
  (name) => `test/${name}`,
)

const path = process.env.FUNQ_REDIS_BIN || (await onPath('valkey-server'))
const found = path === undefined ? 'there is no valkey-server on the PATH' : await probe(path)
if (typeof found === 'string' || found.product !== 'Valkey') {
  const reason = typeof found === 'string' ? found : `FUNQ_REDIS_BIN is ${found.product} ${found.version}`
  console.error(
    `Expected a valkey-server (7.2 or later), but ${reason}. Install one (apt-get install valkey-server, in Debian from bookworm-backports on; brew install valkey), or name it: FUNQ_REDIS_BIN=/path/to/valkey-server npm run test:valkey`,
  )
  process.exit(2)
}
console.log(`Valkey ${found.version} (${found.path})`)
const words = process.argv.slice(2)
const vitest = spawn('npx', ['vitest', 'run', ...(words.length > 0 ? words : FOLDERS)], {
  env: { ...process.env, FUNQ_REDIS_BIN: found.path },
  stdio: 'inherit',
})
vitest.on('exit', (code) => process.exit(code ?? 1))
