import { describe, expect, test } from 'vitest'
import { clientOfRequest, trustedProxies } from './proxy.ts'

const isTrusted = trustedProxies(['10.0.0.0/8', '2001:db8:1::/48', '::1'])
const proxy = '10.0.0.1'
const ask = (peer: string, ...headers: string[]) => clientOfRequest(peer, headers, isTrusted)
const clientBehind = (...values: string[]) =>
  ask(proxy, ...values.flatMap((value) => ['X-Forwarded-For', value])).address

describe('a peer that nobody trusts', () => {
  test.each([
    ['X-Forwarded-For', '192.0.2.1'],
    ['X-Forwarded-For', '127.0.0.1'],
    ['X-Forwarded-For', '10.0.0.1, 10.0.0.2'],
    ['X-Forwarded-Proto', 'https'],
    ['Forwarded', 'for=127.0.0.1;proto=https'],
    ['X-Real-IP', '127.0.0.1'],
  ])('is itself and speaks http, whatever it says: %s: %s', (name, value) => {
    expect(ask('203.0.113.9', name, value)).toEqual({
      address: '203.0.113.9',
      peerAddress: '203.0.113.9',
      viaTrustedProxy: false,
      scheme: 'http',
    })
  })

  test('is not trusted because its IPv6 address looks like a trusted one', () => {
    for (const peer of ['2001:db8::1', 'fe80::1', '64:ff9b::a00:1', ''])
      expect(ask(peer, 'X-Forwarded-For', '192.0.2.1').viaTrustedProxy).toBe(false)
  })
})

describe('a trusted proxy', () => {
  test('speaks for its client, and for what the client speaks', () => {
    expect(ask(proxy, 'X-Forwarded-For', '192.0.2.1', 'x-forwarded-proto', 'https')).toEqual({
      address: '192.0.2.1',
      peerAddress: proxy,
      viaTrustedProxy: true,
      scheme: 'https',
    })
    expect(ask('::1', 'X-Forwarded-For', '192.0.2.1').address).toBe('192.0.2.1')
  })

  test('that names nobody speaks for itself', () => {
    expect(ask(proxy)).toEqual({ address: proxy, peerAddress: proxy, viaTrustedProxy: false, scheme: 'http' })
  })

  test.each<[string, string[], string]>([
    ['what a client wrote in front of it', ['127.0.0.1, 192.0.2.1'], '192.0.2.1'],
    ['a forged chain of trusted hops in front of it', ['198.51.100.7, 10.0.0.9, 192.0.2.1'], '192.0.2.1'],
    ['garbage in front of it', ['<script>, unknown, 192.0.2.1'], '192.0.2.1'],
    ['a header of the client before that of the proxy', ['127.0.0.1', '192.0.2.1'], '192.0.2.1'],
    ['an empty header before it', ['', '192.0.2.1'], '192.0.2.1'],
  ])('is believed, and %s is not', (_name, values, expected) => {
    expect(clientBehind(...values)).toBe(expected)
  })

  test.each<[string, string]>([
    ['192.0.2.1, 10.0.0.7', '192.0.2.1'],
    ['192.0.2.1,10.0.0.7 ,\t2001:db8:1::5', '192.0.2.1'],
    ['10.0.0.8, 10.0.0.7', '10.0.0.8'],
    ['2001:DB8:0:0::42', '2001:db8::42'],
    ['::ffff:192.0.2.1', '192.0.2.1'],
    ['::ffff:c000:201', '192.0.2.1'],
    // A trusted hop stays one in every spelling.
    ['192.0.2.1, ::ffff:10.0.0.7', '192.0.2.1'],
    ['192.0.2.1, ::ffff:a00:7', '192.0.2.1'],
    ['192.0.2.1, 2001:0DB8:0001:0000::5', '192.0.2.1'],
  ])('whose chain is %j stands before %s', (chain, expected) => {
    expect(clientBehind(chain)).toBe(expected)
  })

  test.each([
    '',
    ',',
    'unknown',
    '_hidden',
    '10.1',
    '010.0.0.1',
    '0x7f.0.0.1',
    '2130706433',
    '192.0.2.1:443',
    '[2001:db8::1]',
    '[2001:db8::1]:443',
    'fe80::1%eth0',
    '192.0.2.256',
    '192.0.2.1 192.0.2.2',
    '192.0.2.1;10.0.0.1',
    '"192.0.2.1"',
    '192.0.2.1\u00a0',
    '192.0.2.1, ',
    '192.0.2.1, x, 10.0.0.7',
  ])('that hands on %j hands on nothing: the client is the proxy itself', (value) => {
    expect(ask(proxy, 'X-Forwarded-For', value)).toMatchObject({ address: proxy, viaTrustedProxy: true })
  })

  test('is followed for twenty hops', () => {
    const hops = (count: number) => ['192.0.2.1', ...Array.from({ length: count }, () => '10.0.0.7')].join(', ')
    expect(clientBehind(hops(19))).toBe('192.0.2.1')
    expect(clientBehind(hops(20))).toBe(proxy)
  })

  test('with a header of 10 000 entries costs no time and gains nothing', () => {
    const started = performance.now()
    expect(clientBehind(Array.from({ length: 10_000 }, () => '10.0.0.7').join(','))).toBe(proxy)
    expect(clientBehind(`${'x,'.repeat(10_000)}192.0.2.1`)).toBe('192.0.2.1')
    expect(performance.now() - started).toBeLessThan(500)
  })

  test.each<[string[], string]>([
    [['https'], 'https'],
    [['HTTPS'], 'https'],
    [['http'], 'http'],
    [['https, http'], 'http'],
    [['https', 'https'], 'http'],
    [['https '], 'http'],
    [['wss'], 'http'],
    [[''], 'http'],
  ])('that says the protocol %j means %s', (values, scheme) => {
    expect(ask(proxy, ...values.flatMap((value) => ['X-Forwarded-Proto', value])).scheme).toBe(scheme)
  })
})
