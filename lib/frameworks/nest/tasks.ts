import { Scope, type Type } from '@nestjs/common'
import type { ModuleRef } from '@nestjs/core'
import { InvalidArgumentError } from '../../core/errors.ts'
import { isExportWord } from '../../core/function-name.ts'
import type { Task as TaskFunction } from '../../queue/task-types.ts'

type Run = (...args: unknown[]) => Promise<unknown>
interface Tree {
  [word: string]: Tree | Run
}

interface Known {
  readonly type: Type
  readonly method: string
  readonly run: Run
}

interface Shared {
  readonly tree: Tree
  readonly byName: Map<string, Known>
  /** The container of each application of this process, the one that was started last at the end. */
  readonly containers: ModuleRef[]
}

const NAME = Symbol.for('funq.name')
/** One a process, even where funq is loaded twice: a job's own copy must find what the application has filled. */
const KEY = Symbol.for('funq.nest')
const shared = globalThis as { [KEY]?: Shared }
shared[KEY] ??= { tree: {}, byName: new Map(), containers: [] }
const { tree, byName, containers } = shared[KEY]

/** What jobs call: `funq/nest#tasks.Mails.send`. */
export const tasks: Readonly<Record<string, unknown>> = tree

/**
 * Makes a method of a provider something that can be enqueued by `taskOf(Mails, 'send')`. It runs on the provider that the container has by
 * then, with all that is injected into it.
 * @param name words with dots between them, the same wherever the job is enqueued or run. @default the class and the method: 'Mails.send'
 * @throws InvalidArgumentError for a name that another class has
 */
export function Task(name?: string): MethodDecorator {
  return (target, key) => register(target.constructor as Type, String(key), name)
}

function register(type: Type, method: string, given: string | undefined): void {
  const name = given ?? `${type.name}.${method}`
  const words = typeof name === 'string' ? name.split('.') : []
  if (words.length === 0 || !words.every(isExportWord)) {
    throw new InvalidArgumentError(
      `@Task: expected a name such as 'Mails.send', got ${JSON.stringify(name)}; give one: @Task('mails.send')`,
    )
  }
  const other = byName.get(name)
  // The same class again is its module, loaded anew.
  if (other && (other.type.name !== type.name || other.method !== method)) {
    throw new InvalidArgumentError(
      `@Task: expected a name of its own for ${type.name}.${method}, got '${name}', which is ${other.type.name}.${other.method}`,
    )
  }
  const run: Run = (...args) => runInContainer(name, args)
  Object.defineProperty(run, 'name', { value: method })
  Object.defineProperty(run, NAME, { value: `funq/nest#tasks.${name}` })
  byName.set(name, { type, method, run })
  plant(words, run)
}

function plant(words: readonly string[], run: Run): void {
  let branch = tree
  for (const word of words.slice(0, -1)) {
    const next = branch[word]
    if (typeof next === 'function') throw new InvalidArgumentError(notBoth(words.join('.')))
    branch = branch[word] = next ?? {}
  }
  const last = words.at(-1)!
  if (typeof branch[last] === 'object') throw new InvalidArgumentError(notBoth(words.join('.')))
  branch[last] = run
}

function notBoth(name: string): string {
  return `@Task: expected a name that is no part of another one's, got '${name}'; give it one more word`
}

async function runInContainer(name: string, args: readonly unknown[]): Promise<unknown> {
  const { type, method } = byName.get(name)!
  const container = containers.at(-1)
  if (!container) {
    throw new InvalidArgumentError(
      `${name}: expected a Nest application with FunqModule in this process, got none; start one in a module that the worker imports (--import): await NestFactory.createApplicationContext(AppModule)`,
    )
  }
  const { scope } = container.introspect(type)
  const provider: Record<string, Run> =
    scope === Scope.DEFAULT
      ? container.get(type, { strict: false })
      : await container.resolve(type, undefined, { strict: false })
  return provider[method]!(...args)
}

/**
 * A method with `@Task`, to be enqueued: `await mail.enqueue(taskOf(Mails, 'send'), 'ada')`. Its arguments are checked as the method's.
 * @throws InvalidArgumentError for a method without `@Task`
 */
export function taskOf<T extends object, M extends keyof T & string>(
  type: Type<T>,
  method: M,
): T[M] extends TaskFunction ? T[M] : never {
  for (const known of byName.values()) {
    if (known.type === type && known.method === method) return known.run as never
  }
  throw new InvalidArgumentError(
    `taskOf: expected a method with @Task(), got ${type.name}.${method}, which has none`,
  )
}

/** Tells where tasks find their providers, until what it answers is called. */
export function enterContainer(container: ModuleRef): () => void {
  containers.push(container)
  return () => {
    const at = containers.indexOf(container)
    if (at >= 0) containers.splice(at, 1)
  }
}
