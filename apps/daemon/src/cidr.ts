import { type BlockList, isIPv4, isIPv6 } from 'node:net'

/** A range of addresses, `10.0.0.0/8`. */
export interface Cidr {
  readonly network: string
  readonly prefix: number
  readonly family: 'ipv4' | 'ipv6'
}

const widest = { ipv4: 8, ipv6: 7 } as const
const bits = { ipv4: 32, ipv6: 128 } as const

const bytesOf = (address: string, family: Cidr['family']): readonly number[] => {
  if (family === 'ipv4') return address.split('.').map(Number)
  const [head = '', tail] = new URL(`http://[${address}]`).hostname.slice(1, -1).split('::')
  const groups = (text: string): number[] =>
    text === '' ? [] : text.split(':').map((group) => Number.parseInt(group, 16))
  const [left, right] = [groups(head), groups(tail ?? '')]
  return [...left, ...new Array<number>(8 - left.length - right.length).fill(0), ...right].flatMap((group) => [
    group >> 8,
    group & 255,
  ])
}

const toBits = (bytes: readonly number[]): string => bytes.map((byte) => byte.toString(2).padStart(8, '0')).join('')
const mappedPrefix = toBits(bytesOf('::ffff:0:0', 'ipv6')).slice(0, 96)

/** Where every IPv4 address appears once more as IPv6. A range here, or around it, is a range of IPv4 that nobody sees in the number behind the slash. */
const touchesMapped = (networkBits: string, prefix: number): boolean => {
  const common = Math.min(prefix, 96)
  return networkBits.slice(0, common) === mappedPrefix.slice(0, common)
}

/**
 * A range as people may write it into `trust_proxy` (W10): an address and a prefix, or one address alone. Whoever connects from it is believed when they say who
 * their client is, so a range that nobody can have meant is refused. The answer is the range, or what is wrong with it.
 */
export const parseCidr = (text: string): Cidr | string => {
  const [, network = '', prefixText] = /^([0-9A-Fa-f.:]{2,45})(?:\/(0|[1-9]\d{0,2}))?$/.exec(text) ?? []
  const family = isIPv4(network) ? 'ipv4' : isIPv6(network) ? 'ipv6' : undefined
  if (family === undefined) return 'is not a range of addresses such as 10.0.0.0/8 or 2001:db8::/32'
  const prefix = prefixText === undefined ? bits[family] : Number(prefixText)
  if (prefix > bits[family]) return `has a prefix longer than ${bits[family]}`
  const networkBits = toBits(bytesOf(network, family))
  if (prefix < widest[family])
    return `is wider than /${widest[family]}: too many strangers could say who their client is`
  if (family === 'ipv6' && touchesMapped(networkBits, prefix))
    return 'covers IPv4 addresses written as IPv6 (::ffff:0:0/96); write ranges of IPv4 as IPv4'
  if (networkBits.slice(prefix).includes('1'))
    return `has bits behind its prefix; write ${network} for the one address, or the first address of the range`
  return { network, prefix, family }
}

export const addCidr = (list: BlockList, { network, prefix, family }: Cidr): void =>
  list.addSubnet(network, prefix, family)
