import { BlockList } from 'node:net'
import { canonicalAddress } from '../addresses.ts'
import { addCidr, parseCidr } from '../cidr.ts'

/** Whether the owner of this daemon has put that address into `trust_proxy`. */
export type IsTrusted = (address: string) => boolean

/** Who a request is from, as far as can be told (W10). */
export interface Client {
  /** The client; behind a trusted proxy the one that it names. In canonical form, IPv6 without brackets. */
  readonly address: string
  /** The other end of the connection. */
  readonly peerAddress: string
  readonly viaTrustedProxy: boolean
  /** What the client speaks, as far as the last trusted proxy says. */
  readonly scheme: 'http' | 'https'
}

/** A longer chain of proxies that are all ours does not exist; a longer header does. */
const MAX_HOPS = 20

/** @param ranges as the configuration has checked them */
export const trustedProxies = (ranges: readonly string[]): IsTrusted => {
  const list = new BlockList()
  for (const range of ranges) {
    const cidr = parseCidr(range)
    if (typeof cidr === 'string') throw new RangeError(`${range} ${cidr}`)
    addCidr(list, cidr)
  }
  return (address) => address !== '' && list.check(address, address.includes(':') ? 'ipv6' : 'ipv4')
}

const valuesOf = (rawHeaders: readonly string[], name: string): string[] => {
  const values: string[] = []
  for (let index = 0; index + 1 < rawHeaders.length; index += 2)
    if (rawHeaders[index]?.toLowerCase() === name) values.push(rawHeaders[index + 1] ?? '')
  return values
}

/**
 * Walks the chain towards the client for as long as each hop is one of ours: each has written down whom it talked to, and only those are believed. Undefined where one
 * of ours has written something that is no address, or where there is no end to it.
 */
const clientOf = (lines: readonly string[], isTrusted: IsTrusted): string | undefined => {
  // Two headers of one name are one list (RFC 9110, 5.3). Node reads at most 16 KiB of headers, so this is never long.
  const entries = lines.join(',').split(',').reverse()
  let client: string | undefined
  for (const [hop, entry] of entries.entries()) {
    client = canonicalAddress(entry.replace(/^[ \t]+|[ \t]+$/g, ''))
    if (client === undefined || hop >= MAX_HOPS) return undefined
    if (!isTrusted(client)) return client
  }
  return client
}

/** From the headers of a peer that nobody trusts nothing is read. What is garbage counts as not said: the client is then the peer, and speaks http. */
export const clientOfRequest = (peerAddress: string, rawHeaders: readonly string[], isTrusted: IsTrusted): Client => {
  const direct: Client = { address: peerAddress, peerAddress, viaTrustedProxy: false, scheme: 'http' }
  if (!isTrusted(peerAddress)) return direct
  const [protocol, ...others] = valuesOf(rawHeaders, 'x-forwarded-proto')
  const scheme = others.length === 0 && protocol?.toLowerCase() === 'https' ? 'https' : 'http'
  const lines = valuesOf(rawHeaders, 'x-forwarded-for')
  if (lines.length === 0) return { ...direct, scheme }
  return { address: clientOf(lines, isTrusted) ?? peerAddress, peerAddress, viaTrustedProxy: true, scheme }
}
