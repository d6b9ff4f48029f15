import { en } from './en.ts'
import { zhCN } from './zh-CN.ts'

/** What each language has to say. A key that one lacks is an error of the compiler. */
export type Catalogue = typeof en

export const LANGUAGES = { en: en as Catalogue, 'zh-CN': zhCN } as const

export type Language = keyof typeof LANGUAGES

/** What each calls itself. */
export const LANGUAGE_NAMES: Readonly<Record<Language, string>> = { en: 'English', 'zh-CN': '简体中文' }

export function isLanguage(name: string | undefined): name is Language {
  return name !== undefined && Object.hasOwn(LANGUAGES, name)
}

/** The first language of an Accept-Language header that we speak, by its own weights. */
export function accepted(header: string | null): Language {
  const wishes = (header ?? '')
    .slice(0, 500)
    .split(',')
    .map((part) => {
      const [tag = '', ...parameters] = part.trim().split(';')
      const weight = parameters.map((each) => /^\s*q=([\d.]+)/.exec(each)?.[1]).find(Boolean)
      return { tag: tag.toLowerCase(), weight: weight === undefined ? 1 : Number(weight) }
    })
    .filter(({ weight }) => weight > 0)
    .sort((a, b) => b.weight - a.weight)
  for (const { tag } of wishes) {
    const names = Object.keys(LANGUAGES) as Language[]
    const found =
      names.find((name) => name.toLowerCase() === tag) ??
      names.find((name) => name.split('-')[0] === tag.split('-')[0])
    if (found) return found
  }
  return 'en'
}
