import { readFileSync } from 'node:fs'
import { Registry } from 'prom-client'
import { beforeAll, expect, test } from 'vitest'
import { parse as parseYaml } from 'yaml'
import { Queue, Worker } from '../../lib/index.ts'
import { collectMetrics } from '../../lib/metrics/index.ts'
import { REDIS_URL } from '../kit/harness.ts'
import { parse } from '../metrics/kit.ts'

const read = (file: string) => readFileSync(new URL(`../../${file}`, import.meta.url), 'utf8')

let names: ReadonlySet<string>
let types: readonly string[]
let labels: ReadonlyMap<string, ReadonlySet<string>>

beforeAll(async () => {
  const place = { connection: REDIS_URL, prefix: 'monitoring' }
  const registry = new Registry()
  const collection = collectMetrics({ ...place, registry, workers: true })
  const queue = new Queue('q', place)
  await queue.enqueue('./test/fixtures/tasks#nothing')
  await new Worker('q', { ...place, burst: true, isolation: 'none' }).run()
  const text = await registry.metrics()
  const lines = parse(text)
  names = new Set(lines.map(({ name }) => name))
  types = [...text.matchAll(/^# TYPE (\S+)/gm)].map(([, name]) => name!)
  labels = new Map(
    [...names].map((name) => [
      name,
      new Set(lines.flatMap((line) => (line.name === name ? Object.keys(line.labels) : []))),
    ]),
  )
  await queue.delete()
  await queue.close()
  await collection.close()
})

/** Names of metrics in an expression, each with the labels that are asked for. */
function used(expression: string): [name: string, labels: string[]][] {
  return [...expression.matchAll(/\b(rq_[a-z_]+)(?:\{([^}]*)\})?/g)].map(([, name, selector = '']) => [
    name!,
    [...selector.matchAll(/(\w+)\s*=/g)].map(([, label]) => label!),
  ])
}

test('the dashboard for Grafana asks for metrics and labels that there are', () => {
  const dashboard = JSON.parse(read('examples/monitoring/grafana.json'))
  const expressions: string[] = dashboard.panels.flatMap((panel: any) =>
    panel.targets.map(({ expr }: any) => expr),
  )
  expect(expressions.length).toBeGreaterThan(15)
  for (const expression of expressions) {
    const metrics = used(expression)
    expect(metrics.length).toBeGreaterThan(0)
    for (const [name, wanted] of metrics) {
      expect([name, names.has(name)]).toEqual([name, true])
      for (const label of wanted)
        expect([name, label, labels.get(name)!.has(label)]).toEqual([name, label, true])
    }
  }
  const places = dashboard.panels.map(({ gridPos: { x, y, w } }: any) => [x + w <= 24, `${x},${y}`])
  expect(places.every(([fits]: [boolean]) => fits)).toBe(true)
  expect(new Set(places.map(([, place]: [boolean, string]) => place)).size).toBe(places.length)
})

test('each alert asks for metrics that there are, and says what to do', () => {
  const { groups } = parseYaml(read('examples/monitoring/alerts.yml'))
  const rules = groups.flatMap((group: any) => group.rules)
  expect(rules.map((rule: any) => rule.alert)).toEqual(
    expect.arrayContaining([
      'RqNoWorkers',
      'RqOldestWait',
      'RqFailureRatio',
      'RqSchedulerSilent',
      'RqRedisEvicts',
    ]),
  )
  for (const { alert, expr, labels, annotations } of rules) {
    const metrics = used(expr).map(([name]) => name)
    expect([alert, metrics.length > 0, metrics.filter((name) => !names.has(name))]).toEqual([alert, true, []])
    expect(labels.severity).toMatch(/^(info|warning|critical)$/)
    expect(annotations).toEqual({ summary: expect.any(String), description: expect.any(String) })
  }
})

test('docs/observability.md names every metric', () => {
  const listed = [...read('docs/observability.md').matchAll(/^\| `(rq_[a-z_]+)/gm)].map(([, name]) => name!)
  expect(listed.sort()).toEqual([...types].sort())
})
