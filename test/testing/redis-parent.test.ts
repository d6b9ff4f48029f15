import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { expect, onTestFinished, test, vi } from 'vitest'
import { startRedis } from '../../lib/testing/index.ts'

const LIBRARY = new URL('../../lib/testing/index.ts', import.meta.url).href
const ROOT = fileURLToPath(new URL('../..', import.meta.url))

interface Started {
  readonly child: ChildProcess
  readonly port: number
  readonly socketPath: string
  readonly nextLine: () => Promise<string>
}

/** A Node process of its own that starts a server, says where, and goes on with `then`. */
async function nodeWithRedis(then: string, options: object = {}): Promise<Started> {
  const code = `
    import { startRedis } from ${JSON.stringify(LIBRARY)}
    const server = await startRedis({ quiet: true, ...${JSON.stringify(options)} })
    console.log(JSON.stringify({ port: server.port, socketPath: server.socketPath }))
    ${then}`
  const child = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', code], {
    cwd: ROOT,
    detached: true,
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  onTestFinished(() => void child.kill('SIGKILL'))
  const lines = createInterface({ input: child.stdout! })[Symbol.asyncIterator]()
  const nextLine = async () => String((await lines.next()).value)
  return { child, nextLine, ...JSON.parse(await nextLine()) }
}

/** Settles when the server drops its connections; it holds on to one until then. */
async function connected(port: number): Promise<{ readonly dropped: Promise<unknown> }> {
  const socket = connect(port, '127.0.0.1')
  await once(socket, 'connect')
  return { dropped: once(socket.on('error', () => {}).resume(), 'close') }
}

async function expectGone({ port, socketPath }: Started): Promise<void> {
  // The guard works on by itself, so only its traces tell when it is through.
  await vi.waitFor(() => expect(existsSync(dirname(socketPath))).toBe(false), { timeout: 10_000 })
  const [error] = await once(connect(port, '127.0.0.1'), 'error')
  expect(error).toMatchObject({ code: 'ECONNREFUSED' })
}

const STAY = 'setInterval(() => {}, 1000)'

test('a SIGKILL of the Node process leaves no server and no temporary files', async () => {
  const started = await nodeWithRedis(STAY)
  const { dropped } = await connected(started.port)
  started.child.kill('SIGKILL')
  await dropped
  await expectGone(started)
})

test('a SIGKILL of the Node process after a restart ends the new server', async () => {
  const started = await nodeWithRedis(
    `await server.kill(); await server.restart(); console.log('up'); ${STAY}`,
  )
  expect(await started.nextLine()).toBe('up')
  const { dropped } = await connected(started.port)
  started.child.kill('SIGKILL')
  await dropped
  await expectGone(started)
})

test('a SIGKILL of the Node process while its server is down removes the temporary files', async () => {
  const started = await nodeWithRedis(`await server.kill(); console.log('down'); ${STAY}`)
  expect(await started.nextLine()).toBe('down')
  started.child.kill('SIGKILL')
  await expectGone(started)
})

test('a SIGKILL of the Node process frees its data directory for the next server', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'funq-test-'))
  onTestFinished(() => rm(dir, { recursive: true, force: true }))
  const started = await nodeWithRedis(STAY, { dir })
  started.child.kill('SIGKILL')
  await expectGone(started)
  const next = await startRedis({ quiet: true, dir })
  await next.stop()
})

test('a script that forgets stop() still exits, and its server with it', async () => {
  const started = await nodeWithRedis('')
  expect(await once(started.child, 'exit')).toEqual([0, null])
  await expectGone(started)
})

test('a script that only awaits stop() exits when the server has ended', async () => {
  const started = await nodeWithRedis('await server.stop(); console.log("stopped")')
  expect(await started.nextLine()).toBe('stopped')
  await expectGone(started)
})

test('a Ctrl-C reaches the Node process and not its server', async () => {
  const started = await nodeWithRedis(`
    process.on('SIGINT', () => console.log('interrupted'))
    console.log('listening')
    ${STAY}`)
  expect(await started.nextLine()).toBe('listening')
  const { dropped } = await connected(started.port)
  process.kill(-started.child.pid!, 'SIGINT')
  expect(await started.nextLine()).toBe('interrupted')
  await expect(connected(started.port)).resolves.toBeDefined()
  started.child.kill('SIGKILL')
  await dropped
})
