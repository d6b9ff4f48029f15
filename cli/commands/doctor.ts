import { cleanText } from '../clean-text.ts'
import type { CommandSpec } from '../command.ts'
import type { Finding } from '../doctor/finding.ts'
import { COMMON_EXITS, EXIT } from '../exit-codes.ts'
import type { GlobalFlags } from '../globals.ts'
import { reply } from '../reply.ts'
import { type Session, withSession } from '../session.ts'
import { terminalOf } from '../terminal.ts'

const SIGNS = {
  ok: ['✓', 'ok', 'green'],
  warning: ['⚠', '!', 'yellow'],
  problem: ['✗', '!!', 'red'],
} as const

export const doctorCommand: CommandSpec<GlobalFlags> = {
  name: 'doctor',
  purpose:
    'Look for what is wrong: settings, network, server, clocks, workers, queues, data. Changes nothing.',
  options: [],
  examples: [
    ['rq doctor', 'of the server that the settings name'],
    ['rq doctor --url redis://10.0.0.5/1 --timeout 3s', 'of another, with less patience'],
    ['rq doctor --json | jq \'.data[] | select(.level != "ok")\'', 'for a program'],
  ],
  exitCodes: [
    [EXIT.done, 'no problems; there may be warnings'],
    [EXIT.failed, 'a problem was found'],
    ...COMMON_EXITS,
  ],

  run(_, flags, host) {
    return withSession(flags, host, async (session) => {
      const findings = [...settingsFindings(session), ...(await lookAll(session))]
      const { utf8, style } = terminalOf(host)
      reply(host, flags, {
        schema: 'rq.doctor/1',
        data: findings,
        text: () =>
          findings
            .map(({ check, level, message, hint }) => {
              const [sign, ascii, colour] = SIGNS[level]
              const mark = style(colour, utf8 ? sign : ascii.padEnd(2))
              return `${mark} ${check.padEnd(12)} ${cleanText(message)}\n${hint === undefined ? '' : `${' '.repeat(15)}${cleanText(hint)}\n`}`
            })
            .join(''),
      })
      return findings.some(({ level }) => level === 'problem') ? EXIT.failed : EXIT.done
    })
  },
}

function settingsFindings({ settings: { sources }, connection, prefix }: Session): Finding[] {
  const finding = (check: string, message: string): Finding => ({ check, level: 'ok', message })
  return [
    finding('config', sources.config),
    finding('connection', `${connection.label}, from ${sources.connection}`),
    finding('prefix', `${prefix}, from ${sources.prefix}`),
  ]
}

/** One after the other; what goes wrong in one is its finding. */
async function lookAll(session: Session): Promise<Finding[]> {
  const [server, data] = await Promise.all([import('../doctor/server.ts'), import('../doctor/data.ts')])
  const checks = [
    server.dns,
    server.ping,
    server.version,
    server.eviction,
    server.persistence,
    server.clock,
    data.workers,
    data.queues,
    data.orphans,
  ]
  const findings: Finding[] = []
  let unreachable: string | undefined
  for (const { name, look } of checks) {
    if (unreachable !== undefined) {
      findings.push({ check: name, level: 'warning', message: 'not looked at: Redis does not answer' })
      continue
    }
    try {
      findings.push(...(await look(session)).map((finding) => ({ check: name, ...finding })))
    } catch (error) {
      const message = (error as Error).message
      findings.push({
        check: name,
        level: 'problem',
        message,
        hint: 'The message says what to look at first.',
      })
      if (session.connection.isUnreachable(error)) unreachable = message
    }
  }
  return findings
}
