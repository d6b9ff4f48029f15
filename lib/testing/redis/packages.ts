import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, readdir, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { onPath, type ServerBinary } from './binary.ts'
import { probeUnpacked } from './cache.ts'

const run = promisify(execFile)
const STEP_TIMEOUT_MS = 120_000

/** The server package of Debian and Ubuntu is a link into the tools package, so both are needed. */
const PACKAGES = [
  ['valkey-server', 'valkey-tools'],
  ['redis-server', 'redis-tools'],
] as const

/**
 * Unpacks a server, and the libraries that this machine lacks, from the machine's own package sources into the cache.
 * Installs nothing, needs no root and no earlier `apt-get update`. A string is the reason why it could not.
 */
export async function unpackPackages(cache: string): Promise<ServerBinary | string> {
  for (const tool of ['apt-get', 'dpkg-deb']) {
    if ((await onPath(tool)) === undefined) return `there is no ${tool} on the PATH`
  }
  const work = await mkdtemp(join(cache, '.unpack-'))
  try {
    const archives = await download(work)
    if (typeof archives === 'string') return archives
    const root = join(work, 'root')
    for (const archive of archives) await run('dpkg-deb', ['-x', archive, root], { timeout: STEP_TIMEOUT_MS })
    return await moveInto(cache, root, treeName(archives))
  } catch (error) {
    return `unpacking failed: ${(error as Error).message.trim()}`
  } finally {
    await rm(work, { recursive: true, force: true })
  }
}

async function download(work: string): Promise<string[] | string> {
  for (const name of ['lists/partial', 'archives/partial']) await mkdir(join(work, name), { recursive: true })
  const config = join(work, 'apt.conf')
  await writeFile(config, aptConfig(work))
  const aptGet = (...args: string[]) => run('apt-get', ['-c', config, ...args], { timeout: STEP_TIMEOUT_MS })

  // One broken source among several fails the update as a whole, and an unreachable one does not even do that:
  // whether it mattered shows in the download.
  const update = await aptGet('update').catch((error: unknown) => error)
  const reasons = complaints(update).slice(0, 1)
  for (const names of PACKAGES) {
    try {
      const flags = ['--download-only', '--reinstall', '--no-install-recommends', '--yes']
      await aptGet('install', ...flags, ...names)
      const files = await readdir(join(work, 'archives'))
      return files.filter((file) => file.endsWith('.deb')).map((file) => join(work, 'archives', file))
    } catch (error) {
      reasons.push(complaints(error).join(', ') || (error as Error).message)
    }
  }
  return `apt-get has no server package: ${reasons.join('; ')}`
}

/**
 * Own lists and archives keep the machine's as they are. The machine's hooks are cleared for the same reason, and
 * signatures stay required. The sandbox user could not write here: the cache belongs to the caller alone.
 */
function aptConfig(work: string): string {
  return `Dir::State::lists "${work}/lists";
Dir::Cache "${work}";
Dir::Cache::archives "${work}/archives";
Dir::Cache::pkgcache "";
Dir::Cache::srcpkgcache "";
Debug::NoLocking "true";
APT::Sandbox::User "root";
APT::Get::AllowUnauthenticated "false";
Acquire::AllowInsecureRepositories "false";
Acquire::Languages "none";
Acquire::Retries "1";
Acquire::http::Timeout "15";
Acquire::https::Timeout "15";
#clear APT::Update::Pre-Invoke;
#clear APT::Update::Post-Invoke;
#clear APT::Update::Post-Invoke-Success;
#clear DPkg::Pre-Invoke;
#clear DPkg::Post-Invoke;
#clear DPkg::Pre-Install-Pkgs;
`
}

/** What apt-get says of errors and warnings, from the outcome of running it. */
function complaints(outcome: unknown): string[] {
  const lines = (outcome as { stderr?: string }).stderr?.split('\n') ?? []
  return lines.filter((line) => /^[EW]: /.test(line)).map((line) => line.slice(3))
}

/** `redis-server_5%3a7.0.15-1~deb12u10_amd64.deb` → `redis-7.0.15-1~deb12u10_amd64`; the epoch's colon would split LD_LIBRARY_PATH. */
function treeName(archives: readonly string[]): string {
  for (const archive of archives) {
    const match = /(valkey|redis)-tools_(?:\d+%3a)?([^/]+)\.deb$/.exec(archive)
    if (match) return `${match[1]}-${match[2]}`
  }
  throw new Error(`no server among ${archives.join(', ')}`)
}

async function moveInto(cache: string, root: string, name: string): Promise<ServerBinary | string> {
  // Judged before it is moved: what stands in the cache under its name is complete and runs.
  const unpacked = await probeUnpacked(root)
  if (typeof unpacked === 'string') return unpacked
  const target = join(cache, name)
  await rename(root, target).catch((error: NodeJS.ErrnoException) => {
    // Another process unpacked the same meanwhile.
    if (error.code !== 'ENOTEMPTY' && error.code !== 'EEXIST') throw error
  })
  return probeUnpacked(target)
}
