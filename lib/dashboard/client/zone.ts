/** The server writes times in the browser's zone, from the next page on. */
export function tellZone(): void {
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone
  if (!zone || document.cookie.includes(`rq_tz=${encodeURIComponent(zone)}`)) return
  // biome-ignore lint/suspicious/noDocumentCookie: the Cookie Store API is not in all browsers
  document.cookie = `rq_tz=${encodeURIComponent(zone)}; Path=/; Max-Age=31536000; SameSite=Lax`
}
