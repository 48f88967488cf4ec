import { BlockList } from 'node:net'
import { expect, test } from 'vitest'
import { addCidr, parseCidr } from './cidr.ts'

test.each([
  ['10.0.0.0/8', '10.1.2.3', true],
  ['10.0.0.0/8', '11.0.0.1', false],
  ['192.0.2.7', '192.0.2.7', true],
  ['192.0.2.7', '192.0.2.8', false],
  ['2001:db8::/32', '2001:db8:1::1', true],
  ['fc00::/7', 'fd00::1', true],
  ['::1', '::1', true],
  ['::1/128', '::2', false],
])('%s: %s %s', (range, address, isIn) => {
  const cidr = parseCidr(range)
  if (typeof cidr === 'string') throw new Error(cidr)
  const list = new BlockList()
  addCidr(list, cidr)
  expect(list.check(address, address.includes(':') ? 'ipv6' : 'ipv4')).toBe(isIn)
})

test.each([
  ['0.0.0.0/0', 'wider than /8'],
  ['10.0.0.0/7', 'wider than /8'],
  ['::/0', 'wider than /7'],
  ['8000::/6', 'wider than /7'],
  // All of IPv4, written as IPv6: at its own prefix, around it, and one half of it.
  ['::ffff:0:0/96', 'covers IPv4'],
  ['::/7', 'covers IPv4'],
  ['::/64', 'covers IPv4'],
  ['::ffff:0.0.0.0/97', 'covers IPv4'],
  ['::FFFF:10.0.0.1', 'covers IPv4'],
  ['10.0.0.5/8', 'bits behind its prefix'],
  ['2001:db8::1/64', 'bits behind its prefix'],
  ['10.0.0.0/33', 'prefix longer than 32'],
  ['2001:db8::/129', 'prefix longer than 128'],
  ['10.0.0.0/08', 'not a range'],
  ['10.0.0.0/', 'not a range'],
  ['10.0.0.0/255.0.0.0', 'not a range'],
  ['10.1/16', 'not a range'],
  ['010.0.0.0/8', 'not a range'],
  ['0x0a.0.0.0/8', 'not a range'],
  ['fe80::1%eth0/64', 'not a range'],
  ['[::1]/128', 'not a range'],
  ['loopback', 'not a range'],
  ['true', 'not a range'],
  ['*', 'not a range'],
  ['', 'not a range'],
  [' 10.0.0.0/8', 'not a range'],
])('%j is refused: %s', (range, why) => {
  expect(parseCidr(range)).toContain(why)
})
