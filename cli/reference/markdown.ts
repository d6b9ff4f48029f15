import { rq } from '../commands/index.ts'
import { type Description, describeTree } from '../describe.ts'
import { INTRODUCTION } from './introduction.ts'

/** docs/cli.md, from the commands' own definitions. */
export async function cliReference(): Promise<string> {
  const commands = await describeTree(rq, ['rq'])
  const list = commands.map(
    ({ command, purpose }) => `| [\`${command}\`](#${anchor(command)}) | ${cell(purpose)} |`,
  )
  return [
    INTRODUCTION,
    '## Commands\n',
    '| Command | Purpose |\n| --- | --- |',
    ...list,
    '',
    ...commands.map(section),
  ].join('\n')
}

function section({
  command,
  purpose,
  arguments: words,
  groups,
  examples,
  environment,
  exitCodes,
}: Description): string {
  const usage = [command, ...words.map(({ term }) => term), '[options]'].join(' ')
  const options = groups
    .filter(({ title }) => title !== 'For every command')
    .flatMap(({ options }) => options)
    .map((option) => {
      const fallback = option.default === null ? '' : ` Default: ${option.default}.`
      return `| \`${cell(option.flags)}\` | ${cell(option.what)}.${cell(fallback)} |`
    })
  const shared = groups.find(({ title }) => title === 'For every command')
  return [
    `## ${command}\n`,
    `${purpose}\n`,
    `\`\`\`\n${usage}\n\`\`\`\n`,
    ...words.map(({ term, what }) => `- \`${term}\`: ${what}`),
    ...(words.length > 0 ? [''] : []),
    ...(options.length > 0 ? ['| Option | |\n| --- | --- |', ...options, ''] : []),
    ...(shared ? [`Also: ${shared.options.map(({ name }) => `\`--${name}\``).join(', ')}.\n`] : []),
    `\`\`\`sh\n${examples.map(([line, what]) => `# ${what}\n${line}`).join('\n')}\n\`\`\`\n`,
    ...(environment.length > 0
      ? [`Environment: ${environment.map(([name, what]) => `${code(name)} ${what}`).join('; ')}.\n`]
      : []),
    `Exit codes: ${exitCodes.map(([code, when]) => `${code} ${when}`).join('; ')}.\n`,
  ].join('\n')
}

function code(names: string): string {
  return names
    .split(', ')
    .map((name) => `\`${name}\``)
    .join(', ')
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|')
}

function anchor(command: string): string {
  return command.replaceAll(' ', '-')
}
