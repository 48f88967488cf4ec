import { addressOfSocket } from '../addresses.ts'
import { type Host, hostNameOfAddress, isLoopbackName, originOf, parseHost } from './host-header.ts'

/**
 * Facts about a request before anything of it is served (W7). Headers are the raw list: node's merged view keeps the first of two Hosts and hides the
 * second.
 */
export interface RequestFacts {
  readonly method: string
  /** The request target, as it came. */
  readonly target: string
  /** name, value, name, value … */
  readonly rawHeaders: readonly string[]
  /** The address on which the connection arrived. */
  readonly localAddress: string | undefined
  /** What the client speaks: the scheme of the connection itself, or what a trusted proxy says that it was. */
  readonly scheme: 'http' | 'https'
  readonly isUpgrade: boolean
}

export interface GatePolicy {
  readonly publicUrls: readonly string[]
  readonly allowedOrigins: readonly string[]
}

export type GateReason =
  | 'bad_target'
  | 'repeated_header'
  | 'no_host'
  | 'bad_host'
  | 'foreign_host'
  | 'foreign_origin'
  | 'cross_site'
  | 'unproven_origin'

export type GateDecision =
  | { readonly allow: true; readonly host: Host }
  | {
      readonly allow: false
      readonly status: 400 | 403 | 421
      readonly reason: GateReason
      readonly host: Host | undefined
    }

const safeMethods = new Set(['GET', 'HEAD', 'OPTIONS'])
/** Headers that decide here: with two of one, this gate and the code behind it might each believe another one. */
const decisive = [
  'host',
  'origin',
  'sec-fetch-site',
  'sec-fetch-mode',
  'sec-fetch-dest',
  'content-length',
  'transfer-encoding',
]

const collectHeaders = (rawHeaders: readonly string[]): ReadonlyMap<string, readonly string[]> => {
  const headers = new Map<string, string[]>()
  for (let index = 0; index + 1 < rawHeaders.length; index += 2) {
    const name = (rawHeaders[index] ?? '').toLowerCase()
    const values = headers.get(name)
    if (values === undefined) headers.set(name, [rawHeaders[index + 1] ?? ''])
    else values.push(rawHeaders[index + 1] ?? '')
  }
  return headers
}

/** The origins under which this daemon may be addressed with that Host; none: the Host is foreign. */
const ownOrigins = (host: Host, facts: RequestFacts, policy: GatePolicy): readonly string[] => {
  // Behind a proxy that ends TLS the scheme of the public address counts, not that of the last hop.
  const published = policy.publicUrls.filter((url) => url === originOf('http', host) || url === originOf('https', host))
  if (published.length > 0) return published
  const arrivedAt = hostNameOfAddress(addressOfSocket(facts.localAddress))
  return isLoopbackName(host) || host.name === arrivedAt ? [originOf(facts.scheme, host)] : []
}

/**
 * Whether a request may be looked at, decided from the request line and headers alone and never from the content type. It stands before everything, static files
 * and upgrades included. What it stops: DNS rebinding (a foreign name that resolves to us), pages of other sites that call us with the user's
 * cookie, and requests that two parsers read differently.
 */
export const decide = (facts: RequestFacts, policy: GatePolicy): GateDecision => {
  const headers = collectHeaders(facts.rawHeaders)
  const refuse = (status: 400 | 403 | 421, reason: GateReason, host?: Host): GateDecision => ({
    allow: false,
    status,
    reason,
    host,
  })

  // Only origin-form (RFC 9112 3.2.1). An absolute target carries a second host that would override the first, `//x` is read as a host by URL parsers.
  if (!facts.target.startsWith('/') || facts.target.startsWith('//') || facts.target.includes('\\'))
    return refuse(400, 'bad_target')

  const hosts = headers.get('host') ?? []
  if (hosts.length === 0) return refuse(400, 'no_host')
  if (decisive.some((name) => (headers.get(name)?.length ?? 0) > 1)) return refuse(400, 'repeated_header')
  const host = parseHost(hosts[0] ?? '')
  if (host === undefined) return refuse(400, 'bad_host')
  const origins = ownOrigins(host, facts, policy)
  if (origins.length === 0) return refuse(421, 'foreign_host', host)

  const origin = headers.get('origin')?.[0]
  const isListed = origin !== undefined && policy.allowedOrigins.includes(origin)
  const isSame = origin !== undefined && origins.includes(origin)
  // `null` (sandboxed frames, file: pages) is in neither list: anybody can make a page with that origin.
  if (origin !== undefined && !isSame && !isListed) return refuse(403, 'foreign_origin', host)

  const site = headers.get('sec-fetch-site')?.[0]
  const isSameSite = site === undefined || site === 'same-origin' || site === 'none'
  const isNavigation =
    facts.method === 'GET' &&
    !facts.isUpgrade &&
    headers.get('sec-fetch-mode')?.[0] === 'navigate' &&
    headers.get('sec-fetch-dest')?.[0] === 'document'
  if (!isSameSite && !isNavigation && !isListed) return refuse(403, 'cross_site', host)

  if (headers.has('cookie')) {
    if (facts.isUpgrade && origin === undefined) return refuse(403, 'unproven_origin', host)
    if (!safeMethods.has(facts.method) && origin === undefined && site !== 'same-origin')
      return refuse(403, 'unproven_origin', host)
  }
  return { allow: true, host }
}
