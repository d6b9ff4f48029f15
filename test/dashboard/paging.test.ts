import { describe, expect, test } from 'vitest'
import { made } from './kit.ts'
import { manyOf, names } from './many.ts'
import { sample } from './sample.ts'

async function many(n: number) {
  const { data, asked } = await manyOf(n)
  return { ...made({}, data), asked }
}

/** The rows of a page's first table, and where its buttons lead. */
function read(text: string) {
  const table = text.slice(0, text.indexOf('</table>'))
  const pager = /<div class="pager"><span>([^<]*)<\/span>(.*?)<\/div>/.exec(text)
  const links = [...(pager?.[2] ?? '').matchAll(/href="\.\/([^"]*)">([^<]*)</g)]
  return {
    keys: [...table.matchAll(/<tr data-key="([^"]*)"/g)].map((match) => match[1]!),
    shown: pager?.[1],
    links: Object.fromEntries(links.map(([, to, label]) => [label!, `/${to!.replaceAll('&amp;', '&')}`])),
  }
}

describe.each([
  ['/schedule', 'entry', 10],
  ['/failures', 'cause', 25],
  ['/workers', 'worker', 20],
  ['/queues', 'queue', 50],
] as const)('%s', (path, prefix, size) => {
  test('leads by links through all of its pages, each row once, and back', async () => {
    const { ask } = await many(2 * size + 3)
    const seen: string[] = []
    const shown: (string | undefined)[] = []
    const firsts: string[] = []
    let at: string | undefined = path
    let last = ''
    while (at !== undefined) {
      const page = read((await ask(at)).text)
      seen.push(...page.keys)
      shown.push(page.shown)
      firsts.push(page.keys[0]!)
      last = at
      at = page.links['Next page']
    }
    expect(seen).toEqual(names(2 * size + 3, prefix))
    const of = 2 * size + 3
    expect(shown).toEqual([
      `1–${size} of ${of}`,
      `${size + 1}–${2 * size} of ${of}`,
      `${2 * size + 1}–${of} of ${of}`,
    ])
    const { links } = read((await ask(last)).text)
    expect(read((await ask(links['Previous page']!)).text).keys[0]).toBe(firsts[1])
    expect(read((await ask(links['First page']!)).text).keys[0]).toBe(firsts[0])
  })

  test('shows its last page where the address is past the end, and its first one where it says nothing', async () => {
    const { ask } = await many(size + 1)
    for (const from of ['99999', 'Infinity', String(size), String(size + 0.5)])
      expect([from, read((await ask(`${path}?from=${from}`)).text).keys]).toEqual([
        from,
        names(size + 1, prefix).slice(-1),
      ])
    for (const from of ['-1', 'x', 'NaN', '', '0'])
      expect(read((await ask(`${path}?from=${from}`)).text).keys).toHaveLength(size)
  })

  test('needs no pager for one page, but has a place where live news put it', async () => {
    const { ask } = await many(size)
    const { text } = await ask(path)
    expect(read(text)).toMatchObject({ shown: undefined, links: {} })
    expect(text).toMatch(/<div data-live="(cron-)?pager"><\/div>/)
  })

  test('comes as a part of the page that is open, for live news', async () => {
    const { ask } = await many(size + 1)
    const { text } = await ask(`${path}?from=${size}&_part=1`)
    expect(read(text).keys).toEqual(names(size + 1, prefix).slice(-1))
    expect(text).not.toContain('_part')
  })
})

test.each([
  ['/schedule', 'entry', 10],
  ['/workers', 'worker', 20],
] as const)('%s reads the rows of one page alone', async (path, prefix, size) => {
  const { ask, asked } = await many(200)
  await ask(`${path}?from=${size}`)
  expect(asked).toEqual([names(200, prefix).slice(size, 2 * size)])
})

test.each([
  ['/schedule', 'entry-11', 10],
  ['/workers', 'WORKER-11', 10],
  ['/queues', 'queue-11', 10],
] as const)('%s finds by a part of a name, over all pages', async (path, filter, n) => {
  const { ask } = await many(200)
  const found = read((await ask(`${path}?filter=${filter}`)).text)
  expect(found.keys).toEqual(Array.from({ length: n }, (_, i) => `${filter.toLowerCase()}${i}`))
  const { links } = read((await ask(`${path}?filter=-`)).text)
  expect(links['Next page']).toContain('filter=-&from=')
  expect((await ask(`${path}?filter=none`)).text).toContain('Nothing has this in its name.')
})

test('the jobs below the cron entries are paged by themselves, and an action leads back to both pages', async () => {
  const { ask } = await many(30)
  const { text } = await ask('/schedule?from=10&cursor=c1')
  const [, of = ''] = /<div class="pager" data-live="pager">(.*?)<\/div>/.exec(text) ?? []
  expect(of).toContain('href="./schedule?from=10&amp;cursor=c2"')
  expect(read(text).links['Next page']).toBe('/schedule?from=20&cursor=c1')
  expect(text).toContain('<input type="hidden" name="back" value="schedule?from=10&amp;cursor=c1"/>')
})

test('a long message is cut in the list of causes, after its secrets were hidden', async () => {
  const data = sample()
  const [cause] = await data.readErrors({} as Parameters<typeof data.readErrors>[0])
  const message = `${'m'.repeat(180)} password=hunter2-and-much-more ${'n'.repeat(800)}`
  const { ask } = made({}, { ...data, readErrors: async () => [{ ...cause!, message }] })
  const { text } = await ask('/failures')
  expect(text).toContain('m'.repeat(180))
  expect(text).not.toMatch(/hunter2|n{30}/)
  expect((await ask(`/failures/${cause!.fingerprint}`)).text).toContain('n'.repeat(800))
})

test('one form of a row sends each of its actions', async () => {
  const { ask, data } = made()
  const { text } = await ask('/schedule')
  const [, form = ''] = /(<form method="post" action="\.\/schedule\/nightly.*?<\/form>)/.exec(text) ?? []
  expect(form).toContain('action="./schedule/nightly/run"')
  expect(form).toContain('formaction="./schedule/nightly/pause"')
  await ask('/schedule/nightly/run', { form: { back: 'schedule' } })
  await ask('/schedule/nightly/pause', { form: { back: 'schedule' } })
  expect(data.calls.filter((each) => each.startsWith('cron'))).toEqual([
    'cron run nightly',
    'cron pause nightly',
  ])
  const paused = made({ authorize: (_, action) => action !== 'cron:run' })
  expect((await paused.ask('/schedule')).text).toContain('action="./schedule/nightly/pause"')
})
