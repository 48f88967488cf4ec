import { isIPv6 } from 'node:net'

/**
 * Who shares a limit with an address: an IPv4 address stands for itself, an IPv6 address for its /64, which one customer gets whole and may change within at
 * will (RFC 6177). An IPv4-mapped address is the IPv4 address, or a dual-stack listener would count everybody twice. Anything else stands for itself.
 */
export const addressGroup = (address: string): string => {
  const [bare = ''] = address.split('%')
  if (!isIPv6(bare)) return address
  const groups = ipv6Groups(bare)
  const [high = 0, low = 0] = groups.slice(6)
  const isMapped = groups.slice(0, 5).every((group) => group === 0) && groups[5] === 0xffff
  if (isMapped) return [high >> 8, high & 255, low >> 8, low & 255].join('.')
  return `${groups
    .slice(0, 4)
    .map((group) => group.toString(16))
    .join(':')}::/64`
}

/** Eight numbers. The URL parser knows every spelling of an IPv6 address and writes one, without dotted IPv4 at the end. */
const ipv6Groups = (address: string): number[] => {
  const written = new URL(`http://[${address}]/`).hostname.slice(1, -1)
  const [head = '', tail] = written.split('::')
  const left = parse(head)
  const right = parse(tail ?? '')
  return [...left, ...new Array<number>(8 - left.length - right.length).fill(0), ...right]
}

const parse = (groups: string): number[] =>
  groups === '' ? [] : groups.split(':').map((group) => Number.parseInt(group, 16))
