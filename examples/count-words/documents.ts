import { once } from 'node:events'
import { createReadStream } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'

const MOST = 300

export interface Documents {
  /** Paths below the folder, in alphabetical order. */
  readonly files: readonly string[]
  urlOf(file: string): string
  close(): void
}

/** Serves the Markdown files below a folder on a free port of this machine. */
export async function serveDocuments(folder: string): Promise<Documents> {
  const all = await readdir(folder, { recursive: true })
  const files = all
    .filter((file) => file.endsWith('.md'))
    .sort()
    .slice(0, MOST)
  const known = new Set(files)
  const server = createServer((request, response) => {
    const file = decodeURIComponent(request.url ?? '').slice(1)
    if (!known.has(file)) return response.writeHead(404).end()
    return createReadStream(join(folder, file))
      .on('error', () => response.destroy())
      .pipe(response)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return {
    files,
    urlOf: (file) => `http://127.0.0.1:${port}/${encodeURIComponent(file)}`,
    close() {
      server.close()
      // The worker keeps its connections for the next request, which will not come.
      server.closeAllConnections()
    },
  }
}
