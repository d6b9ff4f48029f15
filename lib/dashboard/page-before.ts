/** The page that a form was sent from, as its browser saw it. */
export function pageBefore({ headers }: Request, otherwise: string): string {
  const referrer = headers.get('referer') ?? ''
  if (!URL.canParse(referrer)) return otherwise
  const { pathname, search } = new URL(referrer)
  // Two slashes would lead to another host.
  return `/${pathname.replace(/^\/+/, '')}${search}`
}
