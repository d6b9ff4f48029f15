/** What docs/cli.md says ahead of the commands. */
export const INTRODUCTION = `# The command line

<!-- Made by \`npm run docs\` from the commands' own definitions in cli/; do not edit. -->

\`rq\` runs workers, enqueues jobs, and looks after them. \`rqworker\` is \`rq worker\`, \`rqinfo\` is \`rq info\`.
\`rq help <command>\` prints what stands here; \`rq help --json\` prints all of it as data.

## Which Redis

The first of these that is set: \`--url\`, \`RQ_REDIS_URL\`, a config file named by \`--config\` or \`RQ_CONFIG\`, \`REDIS_URL\`, a config
file that was found, \`REDIS_HOST\` with \`REDIS_PORT\`, \`REDIS_DB\`, \`REDIS_USERNAME\`, \`REDIS_PASSWORD\` and \`REDIS_SSL\`, \`REDIS_BACKEND\`, and at last
\`redis://127.0.0.1:6379\`. \`rq doctor\` says which one it was. The prefix of all keys comes from \`--prefix\`, \`RQ_PREFIX\`, the config
file, or is \`funq\`. The secret that jobs are signed with comes from \`RQ_SECRET\` (several are separated by commas: the first one
signs), or is \`secret\` in the config file; the codec that encrypts arguments and results from \`--codec\`, \`RQ_CODEC\` or \`codec\` in
the config file: for workers a path from their \`--path\`, for the other commands one from the project's root; see [security](security.md).

## The config file

\`rq.config.ts\`, \`.mts\`, \`.mjs\`, \`.js\`, \`.cjs\`, \`.json\`, \`.yml\` or \`.yaml\`, in the working directory or above it, up to the project's root. It exports an object, or a
function that gives one. Unknown keys are errors.

\`\`\`ts
// rq.config.ts
export default {
  url: 'redis://127.0.0.1:6379/1',
  prefix: 'shop',
  queues: ['high', 'default'],
  concurrency: 4,
  shutdownTimeout: '1m',
}
\`\`\`

- The server: \`url\` (a Cluster too, see cluster.md); or \`host\`, \`port\`, \`db\`, \`username\`, \`password\`, \`tls\` (\`true\`, or options of Node's TLS); or \`sentinel\` with
  \`instances\` (\`['10.0.0.1:26379']\`), \`masterName\`, \`db\`, \`username\`, \`password\`, \`sentinelUsername\`, \`sentinelPassword\`, \`tls\` (of the sentinels too, unless
  \`sentinelTls\` says otherwise).
- \`prefix\`; and for workers \`queues\`, \`name\`, \`concurrency\` and every other option of \`new Worker()\` but \`logger\`.
- RQ's names mean the same: \`REDIS_URL\`, \`REDIS_HOST\`, \`REDIS_PORT\`, \`REDIS_DB\`, \`REDIS_USERNAME\`, \`REDIS_PASSWORD\`, \`REDIS_SSL\`,
  \`SENTINEL\`, \`QUEUES\`, \`NAME\`.
- \`count\` and \`pools\`: worker processes; \`env\`: blocks for environments, chosen by \`--profile\`, \`RQ_ENV\` or \`NODE_ENV\`; \`imports\` and \`setup\`: see
  [workers](workers.md) and [daemons](daemons.md), where Sidekiq's and Resque's files are too.

Flags are stronger than the file.

## Options of every command

| Option | |
| --- | --- |
| \`-u, --url <url>\` | the server, as redis://user:password@host:6379/0 |
| \`--prefix <prefix>\` | what every key begins with |
| \`-c, --config <file>\`, \`-C\` | the config file; \`-c\` is the concurrency where a worker is run |
| \`--profile <environment>\` | which of its \`env\` blocks counts |
| \`--timeout <time>\` | how long Redis may take to answer, 10s by default |
| \`--json\` | one JSON document on stdout |
| \`-q, --quiet\`, \`-v, --verbose\` | less, or more, on stderr |
| \`--no-color\` | never colour |

Where a command has a flag of that name of its own, as \`rq enqueue -q\`, its own stands. A time is a number of seconds, or carries a unit:
\`500ms\`, \`30s\`, \`5m\`, \`2h\`, \`1d\`.

## Output

Data goes to stdout, all else to stderr. With \`--json\` there is one document, \`{"schema":"rq.info/1","data":…,"warnings":[]}\`; commands that go
on, as \`rq tail\`, print one a line. The number in \`schema\` is raised when a field changes its meaning or goes. Errors are then
\`{"error":{"code","message","hint"}}\` on stderr. An answer comes whole, however slow its reader is; of what goes on, lines are dropped and counted where
16 MiB of them wait. Commands that only show something end when nobody reads it any more (\`rq tail | head\`); workers go on. Passwords of URLs are never shown; control characters in the data of jobs are taken out.

A command that destroys something asks first. Where nobody can answer (stdin is no terminal, or \`CI\` is set) it exits with 6 and prints the
command that does not ask.

| Exit code | Meaning |
| --- | --- |
| 0 | done; also after a warm stop |
| 1 | it ran, and something failed |
| 2 | the command line or the configuration cannot be used |
| 3 | Redis cannot be reached, or refuses the password |
| 4 | no such queue, job or command |
| 5 | a limit of \`rq check\` is exceeded, or a wait took too long |
| 6 | refused: needs \`--yes\` |
| 70 | an error that should not happen |
| 130, 143 | forced by a second Ctrl-C or SIGTERM |
`
