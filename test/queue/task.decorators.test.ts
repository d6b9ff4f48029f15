import { execFile } from 'node:child_process'
import { dirname, resolve } from 'node:path'
import { promisify } from 'node:util'
import ts from 'typescript'
import { describe, expect, test } from 'vitest'
import { harness, REDIS_URL } from '../kit/harness.ts'

const h = harness()
const run = promisify(execFile)
const FOLDER = 'test/fixtures/decorated'

describe.each(['standard', 'experimental'])('%s decorators', (kind) => {
  const tsconfig = `${FOLDER}/${kind}.json`

  test('static and instance methods are enqueued, and run by workers in process and in horses', async () => {
    const env = { ...process.env, REDIS_URL, FUNQ_TEST_PREFIX: h.prefix, TSX_TSCONFIG_PATH: tsconfig }
    const { stdout } = await run(process.execPath, ['--import', 'tsx', `${FOLDER}/program.ts`], {
      env,
      timeout: 25_000,
    })
    const results = {
      'a static method': 'low: report 1 in low',
      'by the typed proxy': 'low: report 2 in low',
      'with a future': 'low: report 1 in low, ada',
      'an instance method': 'low: hello, ada',
      'an instance method by the typed proxy': 'low: hello, ada',
      'an override of a decorated method': 'low: hello, eve the admin',
      'where delay() is told to': 'high: hello, ada',
      'from inside a job': 'low: low: ./test/fixtures/decorated/reports#User.prototype.greet',
      'a static method each call of which is a job': 'low: swept 1 at rank 7',
      'such a method, called by another one': 'low: ./test/fixtures/decorated/reports#Device.prototype.ship',
      'an override that calls such a method': 'low: by truck shipped to eve, ',
      'such an instance method, with a hook': 'low: shipped to ada, heard of attempt 1',
    }
    expect(JSON.parse(stdout)).toEqual({
      'called, they run at once': ['report 0 in undefined', 'hi, ada', 'hi, eve the admin'],
      'told to, such an override runs at once': 'by truck shipped to me, ',
      'properties that are listed': ['name'],
      description: 'builds',
      priorities: [7, 3],
      'a field': expect.stringContaining('expected a public method, got field'),
      'a private method': expect.stringContaining('got the private #x'),
      none: results,
      process: results,
    })
  })

  test("compile, with .delay typed by 'funq/delay' and by the proxy", () => {
    expect(diagnose(tsconfig, 'program.ts')).toEqual([])
  })

  test("without 'funq/delay' only the proxy is typed", () => {
    expect(diagnose(tsconfig, 'untyped.ts')).toEqual([
      "Property 'delay' does not exist on type '(id: number) => Promise<string>'.",
    ])
  })
})

const sources = new Map<string, ts.SourceFile | undefined>()

/** What the compiler says of one file and all that it imports, as one who uses the decorators would compile it. */
function diagnose(tsconfig: string, file: string): string[] {
  const { config } = ts.readConfigFile(tsconfig, ts.sys.readFile)
  const { options } = ts.parseJsonConfigFileContent(config, ts.sys, resolve(dirname(tsconfig)))
  const host = ts.createCompilerHost(options)
  const read = host.getSourceFile.bind(host)
  host.getSourceFile = (name, ...rest) => {
    if (!sources.has(name)) sources.set(name, read(name, ...rest))
    return sources.get(name)
  }
  const program = ts.createProgram([resolve(FOLDER, file)], options, host)
  const source = program.getSourceFile(resolve(FOLDER, file))
  return ts
    .getPreEmitDiagnostics(program, source)
    .map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, '\n'))
}
