import { expect, it } from 'vitest'
import { addressGroup } from './client-address.ts'

it('neighbours in one IPv6 /64 are one client, in every spelling', () => {
  const group = addressGroup('2001:db8:1:2::1')
  for (const neighbour of ['2001:db8:1:2:ffff:ffff:ffff:ffff', '2001:0DB8:0001:0002:0:0:0:0', '2001:db8:1:2::1%eth0']) {
    expect(addressGroup(neighbour)).toBe(group)
  }
  for (const stranger of ['2001:db8:1:3::1', '2001:db8::1:2:0:0:1', '2001:db8:1::2']) {
    expect(addressGroup(stranger)).not.toBe(group)
  }
  expect(addressGroup('::1')).toBe('0:0:0:0::/64')
})

it('an IPv4-mapped address is the IPv4 address, and its neighbours are other clients', () => {
  for (const mapped of ['::ffff:192.0.2.7', '::FFFF:C000:207', '0:0:0:0:0:ffff:192.0.2.7']) {
    expect(addressGroup(mapped)).toBe('192.0.2.7')
  }
  expect(addressGroup('::ffff:192.0.2.8')).toBe('192.0.2.8')
})

it.each(['192.0.2.7', '10.1', 'unix', '', '[::1]', '::1::', 'x%y'])('%j stands for itself', (text) => {
  expect(addressGroup(text)).toBe(text)
})
