import { Forbidden } from '../refusals.ts'

const LOOPBACK = ['localhost', '127.0.0.1', '[::1]']

/** The name in a Host header, without its port. */
export function hostName(host: string): string {
  return host.replace(/:\d*$/, '').toLowerCase()
}

export function isLoopback(host: string): boolean {
  return LOOPBACK.includes(hostName(host))
}

/**
 * Refuses names that are not ours: a page of another site could have its own name point at this machine (DNS rebinding), and then
 * be of the same origin as we are.
 * @param hosts names beside those of this machine; '*' for any, where a proxy or the framework sees to it
 * @throws Forbidden
 */
export function checkHost(request: Request, hosts: readonly string[]): void {
  if (hosts.includes('*')) return
  const host = request.headers.get('host') ?? new URL(request.url).host
  if (isLoopback(host) || hosts.includes(hostName(host)) || hosts.includes(host.toLowerCase())) return
  throw new Forbidden(
    `the dashboard does not know the host name ${JSON.stringify(host.slice(0, 100))}: add it by --allow-host, or by the option hosts`,
  )
}

/**
 * Whether a request surely comes from this machine, or from where `hosts` says: it uses a name that only those know, and no proxy
 * has passed it on. Behind a proxy everyone would be local.
 */
export function isLocal(request: Request, hosts: readonly string[]): boolean {
  const { headers } = request
  if (headers.has('x-forwarded-for') || headers.has('forwarded') || headers.has('x-real-ip')) return false
  const host = headers.get('host') ?? new URL(request.url).host
  return isLoopback(host) || hosts.includes(hostName(host)) || hosts.includes(host.toLowerCase())
}
