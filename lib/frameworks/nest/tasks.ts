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
  /** Of one name; more than one where a module was loaded anew, or where two have the same name. */
  readonly types: Type[]
  readonly method: string
  readonly run: Run
}

interface Shared {
  readonly tree: Tree
  readonly byName: Map<string, Known>
  /** By class and method. */
  readonly runs: WeakMap<Type, Map<string, Run>>
  /** The container of each application of this process, the one that was started last at the end. */
  readonly containers: ModuleRef[]
}

const NAME = Symbol.for('funq.name')
/** One a process, even where funq is loaded twice: a job's own copy must find what the application has filled. */
const KEY = Symbol.for('funq.nest')
const shared = globalThis as { [KEY]?: Shared }
shared[KEY] ??= { tree: {}, byName: new Map(), runs: new WeakMap(), containers: [] }
const { tree, byName, runs, containers } = shared[KEY]

/** What jobs call: `funq/nest#tasks.Mails.send`. */
export const tasks: Readonly<Record<string, unknown>> = tree

/**
 * Makes a method of a provider something that can be enqueued by `taskOf(Mails, 'send')`. It runs on the provider that the container has by
 * then, with all that is injected into it.
 * @param name words with dots between them, the same wherever the job is enqueued or run. @default the class and the method: 'Mails.send'
 * @throws InvalidArgumentError for a name that another class has, a static method, and a compiler without experimentalDecorators
 */
export function Task(name?: string): MethodDecorator {
  return (target, key) => {
    if (typeof target === 'function') {
      throw new InvalidArgumentError(
        "@Task: expected a method of a provider, got a static one, or decorators of the standard's kind: Nest needs experimentalDecorators in the tsconfig.json",
      )
    }
    register(target.constructor as Type, String(key), name)
  }
}

function register(type: Type, method: string, given: string | undefined): void {
  const name = given ?? `${type.name}.${method}`
  const words = typeof name === 'string' ? name.split('.') : []
  if (words.length === 0 || !words.every(isExportWord)) {
    throw new InvalidArgumentError(
      `@Task: expected a name such as 'Mails.send', got ${JSON.stringify(name)}; give one: @Task('mails.send')`,
    )
  }
  const known = byName.get(name) ?? plant(name, words, method)
  const [first] = known.types
  // The same class again may be its module, loaded anew: that an application has both is seen when it starts.
  if (first && (first.name !== type.name || known.method !== method)) {
    throw new InvalidArgumentError(
      `@Task: expected a name of its own for ${type.name}.${method}, got '${name}', which is ${first.name}.${known.method}`,
    )
  }
  if (!known.types.includes(type)) known.types.push(type)
  const ofType = runs.get(type) ?? new Map<string, Run>()
  runs.set(type, ofType.set(method, known.run))
}

function plant(name: string, words: readonly string[], method: string): Known {
  let branch = tree
  for (const word of words.slice(0, -1)) {
    const next = branch[word]
    if (typeof next === 'function') throw new InvalidArgumentError(notBoth(name))
    branch = branch[word] = next ?? {}
  }
  const last = words.at(-1)!
  if (typeof branch[last] === 'object') throw new InvalidArgumentError(notBoth(name))
  const run: Run = (...args) => runInContainer(name, args)
  Object.defineProperty(run, 'name', { value: method })
  Object.defineProperty(run, NAME, { value: `funq/nest#tasks.${name}` })
  branch[last] = run
  const known: Known = { types: [], method, run }
  byName.set(name, known)
  return known
}

function notBoth(name: string): string {
  return `@Task: expected a name that is no part of another one's, got '${name}'; give it one more word`
}

async function runInContainer(name: string, args: readonly unknown[]): Promise<unknown> {
  const { types, method } = byName.get(name)!
  const container = containers.at(-1)
  if (!container) {
    throw new InvalidArgumentError(
      `${name}: expected a Nest application with FunqModule in this process, got none; start one in a module that the worker imports (--import), or in its setup: await NestFactory.createApplicationContext(AppModule)`,
    )
  }
  const type = types.find((each) => isProvided(container, each))
  if (!type) {
    throw new InvalidArgumentError(
      `${name}: expected a Nest application that provides ${types[0]!.name}, got one without it; add it to the providers of a module`,
    )
  }
  const { scope } = container.introspect(type)
  const provider: Record<string, Run> =
    scope === Scope.DEFAULT
      ? container.get(type, { strict: false })
      : await container.resolve(type, undefined, { strict: false })
  return provider[method]!(...args)
}

function isProvided(container: ModuleRef, type: Type): boolean {
  try {
    return container.introspect(type) !== undefined
  } catch {
    return false
  }
}

/**
 * A method with `@Task`, to be enqueued: `await mail.enqueue(taskOf(Mails, 'send'), 'ada')`. Its arguments are checked as the method's.
 * @throws InvalidArgumentError for a method without `@Task`
 */
export function taskOf<T extends object, M extends keyof T & string>(
  type: Type<T>,
  method: M,
): T[M] extends TaskFunction ? T[M] : never {
  const run = runs.get(type)?.get(method)
  if (run) return run as never
  throw new InvalidArgumentError(
    `taskOf: expected a method with @Task(), got ${type.name}.${method}, which has none`,
  )
}

/**
 * Tells where tasks find their providers, until what it answers is called.
 * @throws InvalidArgumentError for a name that two of its providers have: jobs of one would run on the other
 */
export function enterContainer(container: ModuleRef): () => void {
  for (const [name, { types }] of byName) {
    if (types.filter((type) => isProvided(container, type)).length < 2) continue
    throw new InvalidArgumentError(
      `@Task: expected one provider for '${name}', got two classes called ${types[0]!.name}; give one a name of its own: @Task('other.name')`,
    )
  }
  containers.push(container)
  return () => {
    const at = containers.indexOf(container)
    if (at >= 0) containers.splice(at, 1)
  }
}
