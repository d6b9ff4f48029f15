import { version } from '../../core/version.ts'
import { ASSETS } from '../assets.gen.ts'
import { LANGUAGE_NAMES, type Language } from '../i18n/index.ts'
import { printable } from '../printable.ts'
import type { Siblings } from '../switchboard.ts'
import { href, SECTION_PATHS, SECTIONS, type Section, THEMES, type View } from '../view.ts'
import { Hidden, Select } from './form.tsx'
import { Icon, Sprite } from './icons.tsx'

/** A page around its content. */
export function Layout({
  v,
  title,
  section,
  refresh,
  children,
}: {
  v: View
  title: string
  section: Section | undefined
  /** Loads the page again after so many seconds, where no script does. */
  refresh?: number
  children?: any
}) {
  const { t } = v
  return (
    <html lang={v.language} dir={t.direction} data-theme={v.theme === 'system' ? undefined : v.theme}>
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <meta name="robots" content="noindex, nofollow" />
        {refresh && <meta http-equiv="refresh" content={String(refresh)} />}
        <title>{`${printable(title)} · ${t.brand}${v.siblings ? ` · ${v.siblings.own}` : ''}${v.environment ? ` · ${v.environment}` : ''}`}</title>
        <link rel="icon" href={asset(v, 'icon')} type="image/svg+xml" />
        <link rel="stylesheet" href={asset(v, 'style')} />
        <script type="module" src={asset(v, 'script')}></script>
      </head>
      <body data-root={v.root} data-live={v.live} data-messages={JSON.stringify(messages(v))}>
        <a class="skip" href="#content">
          {t.frame.skip}
        </a>
        <Sprite />
        <aside class="menu" aria-label={t.nav.menu}>
          <details>
            <summary>
              <span class="brand">
                <Icon name="brand" size={18} />
                {t.brand}
              </span>
              <span>{t.nav.menu}</span>
            </summary>
            <Navigation v={v} section={section} label={t.nav.menu} />
            <Preferences v={v} />
          </details>
        </aside>
        <div class="frame">
          <aside class="side" aria-label={t.nav.main}>
            <a class="brand" href={href(v, './')}>
              <Icon name="brand" size={18} />
              {t.brand}
            </a>
            <Navigation v={v} section={section} label={t.nav.main} />
            <Preferences v={v} />
          </aside>
          <div class="page">
            <Top v={v} />
            <main id="content" tabindex={-1}>
              {children}
            </main>
          </div>
        </div>
        <output class="sr" id="announcer" aria-live="polite"></output>
        <Help v={v} />
      </body>
    </html>
  )
}

function asset(v: View, name: keyof typeof ASSETS): string {
  return href(v, `assets/${ASSETS[name].name}`)
}

/** What the script says, for it knows no language. */
function messages({ t }: View) {
  const { livePause, liveResume, live, livePaused, liveLost, liveNews, outage, updated, copied } = t.frame
  return {
    ...{ livePause, liveResume, live, livePaused, liveLost, updated, copied },
    liveNews: liveNews('{n}'),
    outage: outage('{time}'),
  }
}

function Navigation({ v, section, label }: { v: View; section: Section | undefined; label: string }) {
  return (
    <nav class="nav" aria-label={label}>
      <ul>
        {SECTIONS.filter((each) => v.sections.has(each)).map((each) => (
          <li>
            <a
              href={href(v, SECTION_PATHS[each] || './')}
              aria-current={each === section ? 'page' : undefined}
            >
              {v.t.nav[each]}
            </a>
          </li>
        ))}
      </ul>
    </nav>
  )
}

function Top({ v }: { v: View }) {
  const { t } = v
  return (
    <header class="top">
      <search>
        <form action={href(v, 'search')} method="get">
          <label class="sr" for="search">
            {t.frame.search}
          </label>
          <input
            type="search"
            id="search"
            name="q"
            value={v.query.get('q') ?? ''}
            placeholder={t.frame.searchHint}
            autocomplete="off"
            spellcheck={false}
            maxlength={500}
          />
          <span class="kbd" aria-hidden="true">
            /
          </span>
        </form>
      </search>
      <div class="right">
        {v.siblings && <Switch v={v} siblings={v.siblings} />}
        {v.environment && <span class="badge plain">{v.environment}</span>}
        {v.isReadOnly && (
          <span class="badge plain s-deferred" title={t.frame.readOnlyHint}>
            {t.frame.readOnly}
          </span>
        )}
        {v.live !== 'off' && <span class="live" id="live" hidden></span>}
      </div>
    </header>
  )
}

/** To the same dashboard of another server; a page of one need not be there in another. */
function Switch({ v, siblings: { names, own } }: { v: View; siblings: Siblings }) {
  return (
    <nav class="switch" aria-label={v.t.frame.servers}>
      {names.map((name) => (
        <a href={`${v.root}../${name}/`} aria-current={name === own ? 'true' : undefined}>
          {name}
        </a>
      ))}
    </nav>
  )
}

function Preferences({ v }: { v: View }) {
  const { t } = v
  return (
    <div class="foot">
      {v.userName && <p class="muted">{t.frame.signedInAs(v.userName)}</p>}
      <details class="fold">
        <summary>{t.frame.preferences}</summary>
        <form method="post" action={href(v, 'preferences')} class="stack">
          <Hidden fields={{ back: v.here }} />
          <Select
            label={t.frame.theme}
            name="theme"
            value={v.theme}
            options={THEMES.map((each) => [each, t.frame.themes[each]])}
          />
          <Select
            label={t.frame.language}
            name="language"
            value={v.language}
            options={(Object.keys(LANGUAGE_NAMES) as Language[]).map((each) => [each, LANGUAGE_NAMES[each]])}
          />
          <Select
            label={t.frame.zone}
            name="zone"
            value={v.zone}
            options={[
              ['local', t.frame.zones.local],
              ['utc', t.frame.zones.utc],
            ]}
          />
          <button type="submit">{t.frame.save}</button>
        </form>
      </details>
      <p class="muted small">{t.frame.version(version())}</p>
    </div>
  )
}

/** Opened by the script, which alone knows the keys. */
function Help({ v }: { v: View }) {
  const { shortcuts } = v.t.frame
  const keys: readonly (readonly [string, string])[] = [
    ['/', shortcuts.search],
    ['?', shortcuts.help],
    ['g o', shortcuts.overview],
    ['g q', shortcuts.queues],
    ['g j', shortcuts.jobs],
    ['g f', shortcuts.failures],
    ['g w', shortcuts.workers],
    ['j', shortcuts.next],
    ['k', shortcuts.previous],
    ['x', shortcuts.select],
    ['Enter', shortcuts.open],
  ]
  return (
    <dialog id="help" aria-labelledby="help-title">
      <h2 id="help-title">{v.t.frame.help}</h2>
      <dl class="keys">
        {keys.map(([key, what]) => (
          <>
            <dt>
              {key.split(' ').map((each) => (
                <kbd>{each}</kbd>
              ))}
            </dt>
            <dd>{what}</dd>
          </>
        ))}
      </dl>
      <form method="dialog">
        <button type="submit">{v.t.frame.close}</button>
      </form>
    </dialog>
  )
}
