import { isIPv4, isIPv6 } from 'node:net'

/**
 * One spelling per address: `::ffff:10.0.0.1` (and `::ffff:a00:1`) is 10.0.0.1, IPv6 is lower case and as short as RFC 5952 makes it, without brackets or zone.
 * Undefined for anything that is not exactly an address: `10.1`, `010.0.0.1`, `[::1]`, `fe80::1%eth0`, `1.2.3.4:80`.
 */
export const canonicalAddress = (text: string): string | undefined => {
  if (isIPv4(text)) return text
  if (!isIPv6(text) || text.includes('%')) return undefined
  const short = new URL(`http://[${text}]`).hostname.slice(1, -1)
  const [, high, low] = /^::ffff:([0-9a-f]{1,4}):([0-9a-f]{1,4})$/.exec(short) ?? []
  if (high === undefined || low === undefined) return short
  return [high, low]
    .map((group) => Number.parseInt(group, 16))
    .flatMap((group) => [group >> 8, group & 255])
    .join('.')
}

export const isLoopbackAddress = (address: string): boolean =>
  address === '::1' || (isIPv4(address) && address.startsWith('127.'))

/** The other end of a socket, or its own: as `canonicalAddress`, without the zone that a link-local address comes with. Empty when the socket is gone. */
export const addressOfSocket = (reported: string | undefined): string =>
  canonicalAddress((reported ?? '').replace(/%.*$/, '')) ?? ''
