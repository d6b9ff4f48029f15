import { describe, expect, test } from 'vitest'
import { entryOf } from '../../cli/command.ts'
import { route } from '../../cli/route.ts'
import { rqOffline } from './kit-rq.ts'

describe('the command line', () => {
  test.each([
    [['enqueu'], '(Did you mean enqueue?)'],
    [['job', 'shwo'], '(Did you mean show?)'],
    [['jobs', '--stat', 'failed'], '(Did you mean --state?)'],
    [['jobs', '--state', 'faild'], "Did you mean 'failed'?"],
    [['info', '-Q', '-W'], 'cannot be used with'],
    [['suspend', '--duration', '0'], 'expected at least 1 second'],
    [['job', 'show'], 'missing required argument'],
    [['failed', 'retry'], 'expected ids of failed jobs, --error, or --all'],
    [['requeue', '-a', 'x'], 'expected either ids or --all, got both'],
    [['check'], 'expected a limit'],
    [['info', 'a:b'], 'queue name: expected'],
  ])('%j is a usage error that says what is wrong', async (words, message) => {
    const { code, out, err } = await rqOffline(words)
    expect({ code, out }).toEqual({ code: 2, out: '' })
    expect(err).toContain(message)
  })

  test('with --json the error is one JSON document on stderr', async () => {
    const { code, err } = await rqOffline(['jobs', '--stat', 'failed', '--json'])
    expect(code).toBe(2)
    expect(JSON.parse(err)).toEqual({
      error: { code: 'USAGE', message: "unknown option '--stat'", hint: 'Did you mean --state?' },
    })
  })

  test('after options of every command, an unknown one is what is told', async () => {
    const { code, err } = await rqOffline(['--json', 'inf'])
    expect(code).toBe(2)
    expect(JSON.parse(err).error).toEqual({
      code: 'USAGE',
      message: "unknown command 'inf'",
      hint: 'Did you mean info?',
    })
  })

  test.each([['-C'], ['-c'], ['--config']])(
    '%s before the command names the config file as after it',
    async (flag) => {
      for (const words of [
        [flag, 'none.json', 'info'],
        ['info', flag, 'none.json'],
      ]) {
        const { code, err } = await rqOffline(words)
        expect([code, err]).toEqual([2, expect.stringContaining('none.json')])
      }
    },
  )

  test('a group may have a command for words that name none', async () => {
    const node = (name: string) => ({
      name,
      purpose: '',
      options: [],
      examples: [],
      exitCodes: [],
      run: async () => 0 as const,
    })
    const group = {
      name: 'cron',
      purpose: '',
      commands: [entryOf(node('ls')), entryOf(node('load'))],
      otherwise: 'load',
    }
    expect(await route(group, ['ls', 'x'])).toMatchObject({ path: ['cron', 'ls'], rest: ['x'] })
    expect(await route(group, ['jobs.ts', '--prune'])).toMatchObject({
      path: ['cron', 'load'],
      rest: ['jobs.ts', '--prune'],
    })
    expect((await route(group, ['--help'])).node).toBe(group)
    expect((await route(group, [])).node).toBe(group)
    const alone = { ...group, alone: 'ls' }
    for (const rest of [[], ['--json']])
      expect(await route(alone, rest)).toMatchObject({ path: ['cron', 'ls'], rest })
    for (const flag of ['--help', '-h']) expect((await route(alone, [flag])).node).toBe(alone)
    expect((await route(alone, ['jobs.ts'])).path).toEqual(['cron', 'load'])
  })

  test('without a command it says what there is', async () => {
    const { code, err } = await rqOffline([])
    expect(code).toBe(2)
    expect(err).toMatch(/Commands:\n {2}worker/)
  })

  test('options of every command may stand ahead of it', async () => {
    const { code, out } = await rqOffline(['--json', 'version'])
    expect(code).toBe(0)
    expect(JSON.parse(out)).toMatchObject({ schema: 'rq.version/1' })
  })

  test.each([[['--version']], [['version']], [['info', '--version']]])(
    '%j prints the version alone',
    async (words) => {
      expect((await rqOffline(words)).out).toMatch(/^\d+\.\d+\.\d+\n$/)
    },
  )
})

describe('help', () => {
  test('of a command has purpose, usage, three examples, grouped options, variables and exit codes', async () => {
    const { code, out } = await rqOffline(['job', 'rm', '--help'])
    expect(code).toBe(0)
    expect(out).toMatch(/^Usage: rq job rm \[options\] <ids\.\.\.>\n\nDelete jobs/)
    for (const heading of ['How:', 'For every command:', 'Examples:', 'Environment:', 'Exit codes:']) {
      expect(out).toContain(`\n${heading}\n`)
    }
    expect(out.match(/^ {2}\$ rq jobs? /gm)).toHaveLength(3)
    expect(out).toContain('RQ_REDIS_URL, REDIS_URL  stands in for --url')
    expect(out).toMatch(/\n {2}6 {3}needs --yes/)
  })

  test('is the same by rq help', async () => {
    const { out } = await rqOffline(['help', 'job', 'rm'])
    expect(out).toMatch(/^Usage: rq job rm /)
  })

  test('of a command that does not exist exits with 4', async () => {
    const { code, err } = await rqOffline(['help', 'job', 'shwo'])
    expect(code).toBe(4)
    expect(err).toContain("there is no command 'rq job shwo'")
  })

  test('as data names every command, each with three examples or more and its exit codes', async () => {
    const { out } = await rqOffline(['help', '--json'])
    const { schema, data } = JSON.parse(out)
    expect(schema).toBe('rq.help/1')
    const commands = data.map(({ command }: { command: string }) => command)
    expect(commands).toContain('rq failed retry')
    expect(commands).toContain('rq worker')
    for (const { examples, exitCodes, purpose } of data) {
      expect(examples.length).toBeGreaterThanOrEqual(3)
      expect(exitCodes.length).toBeGreaterThan(0)
      expect(purpose).toMatch(/\.$/)
    }
  })

  test("a command's own flag stands where all commands have one of that name", async () => {
    const { out } = await rqOffline(['enqueue', '--help'])
    expect(out).toContain('-q, --queue <queue>')
    expect(out).not.toContain('-q, --quiet')
    expect(out).toMatch(/--timeout <time> +how long one run may take/)
  })
})
