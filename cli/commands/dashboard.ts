import type { DashboardOptions } from '../../lib/dashboard/options.ts'
import type { CommandSpec } from '../command.ts'
import { readSettings } from '../config/settings.ts'
import { EXIT, UsageError } from '../exit-codes.ts'
import type { GlobalFlags } from '../globals.ts'
import type { Host } from '../host.ts'
import { untilStopped } from '../screen.ts'
import { codecOf } from '../session.ts'

interface DashboardFlags extends GlobalFlags {
  readonly port?: number
  readonly host?: string
  readonly user?: string
  readonly passwordFile?: string
  readonly readOnly?: true
  readonly reveal?: true
  readonly open?: true
  readonly insecureNoAuth?: true
  readonly allowHost?: string[]
  readonly trustProxy?: true
  readonly environment?: string
  readonly redis?: string[]
  readonly namespace?: string
}

const DEFAULT_USER = 'admin'

/** @param name as it is called, for there are two */
export function dashboardCommand(name: 'dashboard' | 'web'): CommandSpec<DashboardFlags> {
  const line = `rq ${name}`
  return {
    name,
    purpose: 'Serve the dashboard: web pages to see, find, understand and change what is in the queues.',
    argument: { term: '[config]', what: 'config file, as --config' },
    globals: ['url', 'prefix', 'config', 'profile', 'codec', 'timeout', 'quiet', 'no-color'],
    options: [
      {
        title: 'Serve',
        options: [
          {
            flags: '-p, --port <port>',
            what: 'port to listen on',
            fallback: 'the first free one from 9182',
            parse: port,
          },
          { flags: '--host <address>', what: 'address to listen on', fallback: '127.0.0.1' },
          { flags: '--open', what: 'open it in the browser' },
          { flags: '--environment <word>', what: 'a word in the header, as production' },
        ],
      },
      {
        title: 'Who may do what',
        options: [
          {
            flags: '--user <name>',
            what: 'name to sign in with',
            fallback: DEFAULT_USER,
            env: ['RQ_DASHBOARD_USER'],
          },
          {
            flags: '--password-file <file>',
            what: 'file whose first line is the password; RQ_DASHBOARD_PASSWORD holds one as well',
          },
          { flags: '--read-only', what: 'change nothing' },
          { flags: '--reveal', what: 'let everyone see what looks like a secret' },
          {
            flags: '--allow-host <name>',
            what: 'host name that it is reached by, where there is no password; may be repeated',
            repeatable: true,
          },
          { flags: '--trust-proxy', what: 'believe X-Forwarded-Host and X-Forwarded-For' },
          {
            flags: '--insecure-no-auth',
            what: 'listen on a public address without a password: for a network of your own',
          },
        ],
      },
      {
        title: 'As resque-web',
        options: [
          {
            flags: '-r, --redis <url>',
            what: 'the same as --url; several as name=url, which the header switches between',
            repeatable: true,
          },
          { flags: '-N, --namespace <prefix>', what: 'the same as --prefix' },
        ],
      },
    ],
    examples: [
      [line, 'on http://127.0.0.1:9182, for this machine'],
      [`${line} --open -u redis://10.0.0.5:6379/1`, 'another server, in the browser'],
      [
        `${line} -r live=redis://10.0.0.5:6379 -r staging=redis://10.0.1.5:6379`,
        'two servers, switched in the header',
      ],
      [
        `RQ_DASHBOARD_PASSWORD=… ${line} --host 0.0.0.0 -p 80 --read-only`,
        'for a team, to look at only; TLS is for a proxy in front',
      ],
    ],
    environment: [
      [
        'RQ_DASHBOARD_PASSWORD',
        'the password; it is on no command line, for everyone on a machine sees those',
      ],
      ['RQ_DASHBOARD_TOKEN', 'a token for scripts: Authorization: Bearer …'],
      ['RQ_SECRET', 'what new jobs are signed with'],
    ],
    exitCodes: [
      [EXIT.done, 'stopped by a signal'],
      [EXIT.failed, 'the port is taken, or another error'],
      [EXIT.usage, 'a flag or a configuration that cannot be used; a public address without a password'],
      [EXIT.bug, 'an error that should not happen'],
    ],

    async run([config], flags, host) {
      const options = await optionsOf(config, flags, host)
      const { serveDashboard } = await import('../serve-dashboard.ts')
      await untilStopped(host, (signal) =>
        serveDashboard(options, {
          port: flags.port,
          address: flags.host ?? '127.0.0.1',
          isOpening: flags.open === true,
          signal,
          say: (text) => (flags.quiet ? undefined : host.output.err(text)),
        }),
      )
      return EXIT.done
    },
  }
}

async function optionsOf(
  config: string | undefined,
  flags: DashboardFlags,
  host: Host,
): Promise<DashboardOptions> {
  const { namespace } = flags
  const connections = connectionsOf(flags.redis ?? [])
  const single = connections === undefined ? flags.redis?.[0] : undefined
  const settings = await readSettings(
    {
      ...flags,
      ...(single !== undefined && { url: single }),
      ...(namespace !== undefined && { prefix: namespace }),
      ...(config !== undefined && { config }),
    },
    host,
  )
  const password = await passwordOf(flags, host)
  const token = host.env.RQ_DASHBOARD_TOKEN || undefined
  const address = flags.host ?? '127.0.0.1'
  if (password === undefined && token === undefined && !isLoopbackAddress(address) && !flags.insecureNoAuth) {
    throw new UsageError(
      `--host ${address}: expected a password where others can reach it`,
      'Set RQ_DASHBOARD_PASSWORD or --password-file; --insecure-no-auth does without.',
    )
  }
  const auth = [
    ...(password === undefined ? [] : [{ user: flags.user ?? DEFAULT_USER, password }]),
    ...(token === undefined ? [] : [{ token }]),
  ]
  const { connection, prefix, secret } = settings
  const codec = await codecOf(settings, host)
  return {
    ...(connections ? { connections } : { connection: connection ?? 'redis://127.0.0.1:6379' }),
    ...(prefix !== undefined && { prefix }),
    ...(secret !== undefined && { secret }),
    ...(codec && { codec }),
    ...(flags.timeout !== undefined && { commandTimeout: flags.timeout }),
    ...(auth.length > 0 && { auth }),
    ...(flags.readOnly && { readOnly: true }),
    ...(flags.reveal && { reveal: true }),
    ...(flags.insecureNoAuth && { insecureNoAuth: true }),
    ...(flags.allowHost && { hosts: flags.allowHost }),
    ...(flags.trustProxy && { trustProxy: true }),
    ...(flags.environment !== undefined && { environment: flags.environment }),
    // It was started on purpose, and listens where this command says.
    production: false,
  }
}

/** Undefined for one without a name. @throws UsageError */
function connectionsOf(given: readonly string[]): Readonly<Record<string, string>> | undefined {
  const named = given.map((each) => /^([\w.-]+)=(.+)$/.exec(each))
  if (named.every((each) => each === null) && given.length <= 1) return undefined
  const connections: Record<string, string> = {}
  for (const [i, each] of named.entries()) {
    const [, name = '', url = ''] = each ?? []
    if (name === '') throw new UsageError(`--redis: expected name=url for each of several, got '${given[i]}'`)
    if (Object.hasOwn(connections, name)) throw new UsageError(`--redis: ${name} is given twice`)
    connections[name] = url
  }
  return connections
}

async function passwordOf({ passwordFile }: DashboardFlags, { env }: Host): Promise<string | undefined> {
  if (passwordFile === undefined) return env.RQ_DASHBOARD_PASSWORD || undefined
  const { readFileSync } = await import('node:fs')
  try {
    const [line = ''] = readFileSync(passwordFile, 'utf8').split(/\r?\n/)
    if (line !== '') return line
  } catch (error) {
    throw new UsageError(`--password-file: ${(error as Error).message}`)
  }
  throw new UsageError(`--password-file: the first line of ${passwordFile} is empty`)
}

function isLoopbackAddress(address: string): boolean {
  return address === 'localhost' || address === '::1' || /^127(\.\d{1,3}){3}$/.test(address)
}

function port(text: string): number {
  const number = Number(text)
  if (/^\d{1,5}$/.test(text) && number <= 65_535) return number
  throw new UsageError(`expected a port from 0 to 65535, got '${text}'`)
}
