import { chmod, mkdir, mkdtemp, readdir, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { UnsupportedServerError } from '../../lib/core/errors.ts'
import { startRedis } from '../../lib/testing/index.ts'
import { findServer } from '../../lib/testing/redis/find.ts'

let home: string
let path: string
let cache: string

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'funq-test-'))
  path = join(home, 'bin')
  cache = join(home, 'cache', 'funq')
  await mkdir(path)
})

afterEach(async () => {
  vi.unstubAllEnvs()
  await rm(home, { recursive: true, force: true })
})

/** A machine on which only the programs of `path` can be found. */
function useBareMachine(): void {
  vi.stubEnv('FUNQ_REDIS_BIN', '')
  vi.stubEnv('PATH', path)
  vi.stubEnv('XDG_CACHE_HOME', join(home, 'cache'))
}

async function program(name: string, script: string): Promise<string> {
  const file = join(path, name)
  await writeFile(file, `#!/bin/sh\n${script}\n`)
  await chmod(file, 0o755)
  return file
}

const server = (name: string, says: string) => program(name, `echo '${says}'`)

describe('FUNQ_REDIS_BIN', () => {
  test('is the server that is started', async () => {
    const { binary } = await findServer()
    const environment = Object.entries(binary.env).map(([name, value]) => `${name}='${value}'`)
    const wrapper = await program('my-redis', `${environment.join(' ')} exec '${binary.path}' "$@"`)
    vi.stubEnv('FUNQ_REDIS_BIN', wrapper)
    const lines: string[] = []
    await using started = await startRedis({ log: (line) => lines.push(line) })
    expect(started.version).toBe(binary.version)
    expect(lines[0]).toContain(`(FUNQ_REDIS_BIN: ${wrapper})`)
  })

  test('goes before a server on the PATH', async () => {
    useBareMachine()
    await server('redis-server', 'Redis server v=7.0.15 sha=00000000:0')
    const mine = await server('mine', 'Redis server v=8.2.1 sha=00000000:0')
    vi.stubEnv('FUNQ_REDIS_BIN', mine)
    expect((await findServer()).binary).toMatchObject({ path: mine, version: '8.2.1' })
  })

  test.each([
    ['names nothing', '/no/such/redis', /but \/no\/such\/redis does not run: .*ENOENT/],
    ['names another program', '/bin/echo', /but \/bin\/echo is no Redis or Valkey server/],
  ])('is an error when it %s', async (_, value, message) => {
    useBareMachine()
    vi.stubEnv('FUNQ_REDIS_BIN', value)
    await expect(findServer()).rejects.toThrow(message)
  })

  test('is an error when its server is too old', async () => {
    useBareMachine()
    vi.stubEnv('FUNQ_REDIS_BIN', await server('old', 'Redis server v=6.2.7 sha=00000000:0'))
    await expect(findServer()).rejects.toThrow(/is Redis 6\.2\.7, older than 7\.0/)
  })
})

describe('the PATH', () => {
  beforeEach(useBareMachine)

  test('gives Valkey before Redis', async () => {
    await server('redis-server', 'Redis server v=7.0.15 sha=00000000:0')
    await server('valkey-server', 'Valkey server v=8.1.1 sha=00000000:0')
    expect(await findServer()).toMatchObject({
      source: 'PATH',
      binary: { product: 'Valkey', version: '8.1.1' },
    })
  })

  test('gives a new enough Redis where Valkey is too old', async () => {
    await server('redis-server', 'Redis server v=10.0.0 sha=00000000:0')
    await server('valkey-server', 'Valkey server v=7.1.0 sha=00000000:0')
    expect((await findServer()).binary).toMatchObject({ product: 'Redis', version: '10.0.0' })
  })
})

describe('the machine’s own packages', () => {
  beforeEach(async () => {
    useBareMachine()
    // Like apt-get on Debian 12: no valkey, and the configuration file says where the downloads go.
    await program(
      'apt-get',
      `for word do
         case $word in valkey-server) echo 'E: Unable to locate package valkey-server' >&2; exit 100;; esac
       done
       echo "$*" >> '${home}/apt.log'
       case $* in *install*)
         work=\${2%/apt.conf}
         : > "$work/archives/libjemalloc2_5.3.0-1_amd64.deb"
         : > "$work/archives/redis-server_5%3a7.0.15-1~deb12u10_amd64.deb"
         : > "$work/archives/redis-tools_5%3a7.0.15-1~deb12u10_amd64.deb";;
       esac`,
    )
    await program(
      'dpkg-deb',
      `case $2 in
         *libjemalloc2*) /bin/mkdir -p "$3/usr/lib/x86_64-linux-gnu";;
         *redis-server*) /bin/mkdir -p "$3/usr/bin"; /bin/ln -s redis-check-rdb "$3/usr/bin/redis-server";;
         *redis-tools*)
           /bin/mkdir -p "$3/usr/bin"
           {
             echo '#!/bin/sh'
             echo 'case $0 in *redis-server) echo "Redis server v=7.0.15 sha=00000000:0";; esac'
           } > "$3/usr/bin/redis-check-rdb"
           /bin/chmod 755 "$3/usr/bin/redis-check-rdb";;
       esac`,
    )
  })

  test('are unpacked into the cache, with the libraries that the machine lacks', async () => {
    const { source, binary } = await findServer()
    const tree = join(cache, 'redis-7.0.15-1~deb12u10_amd64')
    expect(source).toBe('unpacked from apt packages')
    expect(binary).toMatchObject({ path: join(tree, 'usr/bin/redis-server'), version: '7.0.15' })
    expect(binary.env.LD_LIBRARY_PATH?.split(':')).toContain(join(tree, 'usr/lib/x86_64-linux-gnu'))
    expect(await readdir(cache)).toEqual(['redis-7.0.15-1~deb12u10_amd64'])
  })

  test('are taken from the cache the next time, without apt', async () => {
    await findServer()
    await rm(join(path, 'apt-get'))
    expect((await findServer()).source).toBe('cache')
  })

  test('are unpacked by several at once without harm', async () => {
    const found = await Promise.all([findServer(), findServer(), findServer()])
    expect(new Set(found.map(({ binary }) => binary.path)).size).toBe(1)
    expect(await readdir(cache)).toEqual(['redis-7.0.15-1~deb12u10_amd64'])
  })

  test('go into the temp directory when the home cannot be written', async () => {
    const file = join(home, 'file')
    await writeFile(file, '')
    vi.stubEnv('XDG_CACHE_HOME', file)
    vi.stubEnv('TMPDIR', home)
    const { binary } = await findServer()
    expect(binary.path.startsWith(join(home, `funq-${process.getuid?.()}`))).toBe(true)
  })

  test('are never taken from a directory that others can write', async () => {
    await mkdir(cache, { recursive: true })
    await chmod(cache, 0o777)
    vi.stubEnv('TMPDIR', home)
    const { binary } = await findServer()
    expect(binary.path.startsWith(cache)).toBe(false)
  })

  test('pass over a cached copy that does not run here', async () => {
    const other = join(cache, 'valkey-9.0.0_arm64', 'usr/bin')
    await mkdir(other, { recursive: true })
    await symlink('/no/such/program', join(other, 'valkey-server'))
    await chmod(cache, 0o700)
    expect((await findServer()).binary.version).toBe('7.0.15')
  })
})

test('where there is nothing at all, the error names each miss and the apt, brew and docker command', async () => {
  useBareMachine()
  const error = await startRedis({ quiet: true }).catch((reason: unknown) => reason)
  expect(error).toBeInstanceOf(UnsupportedServerError)
  for (const part of [
    'no valkey-server on the PATH',
    'no redis-server on the PATH',
    'there is no apt-get on the PATH',
    'sudo apt-get install redis-server',
    'brew install redis',
    'docker run --rm -p 127.0.0.1:6379:6379',
    'FUNQ_REDIS_BIN',
  ]) {
    expect(String(error)).toContain(part)
  }
})

test('where apt has no server package, the error says what apt said', async () => {
  useBareMachine()
  await program(
    'apt-get',
    `case $* in
       *update) echo 'W: Failed to fetch http://deb.example/InRelease' >&2; exit 0;;
       *) echo 'E: Unable to locate package redis-server' >&2; exit 100;;
     esac`,
  )
  await program('dpkg-deb', 'exit 1')
  await expect(findServer()).rejects.toThrow(
    /apt-get has no server package: Failed to fetch http:\/\/deb\.example\/InRelease; Unable to locate package redis-server/,
  )
  expect(await readdir(cache)).toEqual([])
})
