import { existsSync } from 'node:fs'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { Redis } from 'ioredis'
import { describe, expect, onTestFinished, test } from 'vitest'
import { type RedisOptions, type RedisServer, startRedis } from '../../lib/testing/index.ts'
import { freePort } from '../../lib/testing/redis/port.ts'

async function started(options: RedisOptions = {}): Promise<RedisServer> {
  const server = await startRedis({ quiet: true, ...options })
  onTestFinished(() => server.stop())
  return server
}

async function temporaryDirectory(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'funq-test-'))
  onTestFinished(() => rm(directory, { recursive: true, force: true }))
  return directory
}

async function ask<T>(target: string, question: (redis: Redis) => Promise<T>): Promise<T> {
  const redis = new Redis(target, { retryStrategy: () => null })
  redis.on('error', () => {})
  try {
    return await question(redis)
  } finally {
    redis.disconnect()
  }
}

const isRunning = (pid: number) => {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

describe('startRedis', () => {
  test('gives a server that answers on its port and on its unix socket', async () => {
    const server = await started()
    expect(server.url).toBe(`redis://127.0.0.1:${server.port}`)
    expect(await ask(server.url, (redis) => redis.ping())).toBe('PONG')
    expect(await ask(server.socketPath, (redis) => redis.ping())).toBe('PONG')
    expect(Buffer.byteLength(server.socketPath)).toBeLessThan(104)
  })

  test('tells the pid and version that the server itself tells', async () => {
    const server = await started()
    const info = await ask(server.url, (redis) => redis.info('server'))
    expect(info).toContain(`process_id:${server.pid}\r\n`)
    expect(info).toMatch(new RegExp(`(redis|valkey)_version:${server.version}\r\n`))
  })

  test('starts a server that refuses writes over evicting, and takes no snapshots', async () => {
    const { url } = await started()
    expect(await ask(url, (redis) => redis.config('GET', 'maxmemory-policy'))).toContain('noeviction')
    expect(await ask(url, (redis) => redis.config('GET', 'save'))).toEqual(['save', ''])
  })

  test('says in one line which server it took', async () => {
    const lines: string[] = []
    const server = await started({ quiet: false, log: (line) => lines.push(line) })
    expect(lines).toEqual([
      expect.stringMatching(/^(Redis|Valkey) \d+\.\d+\.\d+ on redis:\/\/.* \(.*: \/.*\)$/),
    ])
    expect(lines[0]).toContain(server.url)
  })

  test('hands extra arguments to the server', async () => {
    const { url } = await started({ args: ['--databases', '3'] })
    expect(await ask(url, (redis) => redis.config('GET', 'databases'))).toEqual(['databases', '3'])
  })

  test('gives each of several servers started at once its own port', async () => {
    const servers = await Promise.all([started(), started(), started()])
    expect(new Set(servers.map((server) => server.port)).size).toBe(3)
  })

  test('quotes what the server said when it does not start', async () => {
    const start = startRedis({ quiet: true, args: ['--no-such-option', '1'] })
    await expect(start).rejects.toMatchObject({
      code: 'REDIS_UNAVAILABLE',
      message: expect.stringMatching(/no-such-option/),
    })
  })

  test('refuses a port that is taken, or none at all', async () => {
    const port = await freePort()
    const listener = createServer().listen(port, '127.0.0.1')
    onTestFinished(() => void listener.close())
    await expect(startRedis({ quiet: true, port })).rejects.toThrow(/address already in use/i)
    await expect(startRedis({ quiet: true, port: 70_000 })).rejects.toThrow(
      'port: expected an integer from 1 to 65535, got 70000',
    )
  })
})

describe('stop', () => {
  test('leaves no process and no temporary files, and is harmless twice', async () => {
    const server = await started()
    const { pid, socketPath } = server
    await Promise.all([server.stop(), server.stop()])
    await server.stop()
    expect(isRunning(pid)).toBe(false)
    expect(existsSync(dirname(socketPath))).toBe(false)
    await expect(server.restart()).rejects.toMatchObject({ code: 'CLOSED' })
  })

  test('comes by itself at the end of an await using block', async () => {
    let pid: number
    {
      await using server = await startRedis({ quiet: true })
      pid = server.pid
    }
    expect(isRunning(pid)).toBe(false)
  })

  test('meets the new process of a restart that is under way', async () => {
    const server = await started()
    const restarted = server.restart()
    await server.stop()
    await restarted
    expect(isRunning(server.pid)).toBe(false)
  })

  test('cleans up after a server that crashed', async () => {
    const server = await started()
    await server.kill()
    await server.stop()
    expect(existsSync(dirname(server.socketPath))).toBe(false)
  })
})

describe('restart', () => {
  test('keeps the port and replaces the process', async () => {
    const server = await started()
    const before = { pid: server.pid, port: server.port }
    await server.restart()
    expect(server.port).toBe(before.port)
    expect(server.pid).not.toBe(before.pid)
    expect(await ask(server.url, (redis) => redis.ping())).toBe('PONG')
  })

  test('after a kill brings back what an append-only file holds', async () => {
    const server = await started({ appendonly: true, args: ['--appendfsync', 'always'] })
    await ask(server.url, (redis) => redis.set('kept', 'yes'))
    await server.kill()
    expect(isRunning(server.pid)).toBe(false)
    await server.restart()
    expect(await ask(server.url, (redis) => redis.get('kept'))).toBe('yes')
  })
})

describe('a data directory', () => {
  test('keeps the data from one server to the next', async () => {
    const dir = join(await temporaryDirectory(), 'new', 'data')
    const first = await started({ dir })
    await ask(first.url, (redis) => redis.set('kept', 'yes'))
    await first.stop()
    const second = await started({ dir })
    expect(second.dataDir).toBe(dir)
    expect(await ask(second.url, (redis) => redis.get('kept'))).toBe('yes')
  })

  test('keeps a snapshot where the append-only file is switched off', async () => {
    const dir = await temporaryDirectory()
    const first = await started({ dir, appendonly: false })
    await ask(first.url, (redis) => redis.set('kept', 'yes'))
    await first.stop()
    const second = await started({ dir, appendonly: false })
    expect(await ask(second.url, (redis) => redis.get('kept'))).toBe('yes')
  })

  test('serves one server at a time, and the refused one disturbs nothing', async () => {
    const dir = await temporaryDirectory()
    const first = await started({ dir })
    for (let tries = 0; tries < 2; tries++) {
      await expect(startRedis({ quiet: true, dir })).rejects.toThrow(
        /no other server uses, but process \d+ holds/,
      )
    }
    expect(await ask(first.url, (redis) => redis.ping())).toBe('PONG')
    await first.stop()
    await (await started({ dir })).stop()
    expect(existsSync(join(dir, 'funq.lock'))).toBe(false)
  })

  test('is taken over from a process that died without removing its lock', async () => {
    const dir = await temporaryDirectory()
    const gone = 2 ** 22 + 1
    await writeFile(join(dir, 'funq.lock'), String(gone))
    await started({ dir })
    expect(await readFile(join(dir, 'funq.lock'), 'utf8')).not.toBe(String(gone))
  })

  test('that cannot be made is refused with the reason', async () => {
    const file = join(await temporaryDirectory(), 'file')
    await writeFile(file, '')
    await expect(startRedis({ quiet: true, dir: join(file, 'data') })).rejects.toThrow(
      /^dir: expected a directory that can be written, got .*ENOTDIR/,
    )
  })
})
