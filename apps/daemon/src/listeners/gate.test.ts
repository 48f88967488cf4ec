import { describe, expect, test } from 'vitest'
import { decide, type GatePolicy, type RequestFacts } from './gate.ts'

const policy: GatePolicy = { publicUrls: ['https://sally.example.org'], allowedOrigins: ['https://tools.example.org'] }

const facts = (
  headers: Record<string, string> | readonly string[],
  change: Partial<RequestFacts> = {},
): RequestFacts => ({
  method: 'GET',
  target: '/sessions',
  rawHeaders: Array.isArray(headers) ? headers : Object.entries(headers).flat(),
  localAddress: '127.0.0.1',
  scheme: 'http',
  isUpgrade: false,
  ...change,
})
const verdict = (...args: Parameters<typeof facts>) => {
  const decision = decide(facts(...args), policy)
  return decision.allow ? 'allow' : `${decision.status} ${decision.reason}`
}

describe('the Host', () => {
  test.each([
    ['localhost:8447', 'allow'],
    ['LOCALHOST:8447', 'allow'],
    ['localhost', 'allow'],
    ['127.0.0.1:8447', 'allow'],
    ['[::1]:9000', 'allow'],
    ['[0:0:0:0:0:0:0:1]', 'allow'],
    ['sally.example.org', 'allow'],
    ['sally.example.org:443', 'allow'],
    ['SALLY.example.org', 'allow'],
    // DNS rebinding: a name of somebody else that resolves to 127.0.0.1.
    ['evil.example', '421 foreign_host'],
    ['localhost.evil.example:8447', '421 foreign_host'],
    ['evil.localhost:8447', '421 foreign_host'],
    ['sally.example.org:8080', '421 foreign_host'],
    ['127.0.0.2:8447', '421 foreign_host'],
    ['2130706433', '421 foreign_host'],
    ['0x7f.0.0.1', '421 foreign_host'],
    ['127.1', '421 foreign_host'],
    ['0.0.0.0:8447', '421 foreign_host'],
    ['[::ffff:127.0.0.1]', '421 foreign_host'],
    ['[fe80::1]', '421 foreign_host'],
    ['localhost.', '400 bad_host'],
    ['evil@localhost', '400 bad_host'],
    ['localhost@evil', '400 bad_host'],
    ['localhost:8447@evil.example', '400 bad_host'],
    ['localhost:', '400 bad_host'],
    ['localhost:0', '400 bad_host'],
    ['localhost:99999', '400 bad_host'],
    ['localhost/evil', '400 bad_host'],
    ['localhost, evil.example', '400 bad_host'],
    ['[::1', '400 bad_host'],
    ['::1', '400 bad_host'],
    ['[fe80::1%25eth0]', '400 bad_host'],
    ['%6cocalhost', '400 bad_host'],
    ['', '400 bad_host'],
  ])('%j → %s', (host, expected) => {
    expect(verdict({ Host: host })).toBe(expected)
  })

  test('is required, and exactly once', () => {
    expect(verdict({})).toBe('400 no_host')
    expect(verdict(['Host', 'localhost', 'host', 'evil.example'])).toBe('400 repeated_header')
    expect(verdict(['Host', 'localhost', 'Host', 'localhost'])).toBe('400 repeated_header')
  })

  test('may be the address on which the connection arrived, and no other address', () => {
    expect(verdict({ Host: '10.0.0.5:8447' }, { localAddress: '::ffff:10.0.0.5' })).toBe('allow')
    expect(verdict({ Host: '10.0.0.6:8447' }, { localAddress: '::ffff:10.0.0.5' })).toBe('421 foreign_host')
  })
})

describe('the target', () => {
  test.each([
    'http://evil.example/',
    'http://localhost:8447/',
    '//evil.example/',
    '*',
    'localhost:8447',
    '/\\evil.example',
    '',
  ])('%j is not a path and is refused', (target) => {
    expect(verdict({ Host: 'localhost' }, { target })).toBe('400 bad_target')
  })
})

describe('the Origin', () => {
  const host = { Host: 'localhost:8447' }
  test.each([
    ['http://localhost:8447', 'allow'],
    ['https://tools.example.org', 'allow'],
    ['http://localhost:3000', '403 foreign_origin'],
    ['https://localhost:8447', '403 foreign_origin'],
    ['http://127.0.0.1:8447', '403 foreign_origin'],
    ['http://LOCALHOST:8447', '403 foreign_origin'],
    ['http://localhost:8447/', '403 foreign_origin'],
    ['http://evil.example', '403 foreign_origin'],
    ['null', '403 foreign_origin'],
    ['', '403 foreign_origin'],
  ])('%j → %s', (origin, expected) => {
    expect(verdict({ ...host, Origin: origin })).toBe(expected)
    expect(verdict({ ...host, Origin: origin }, { isUpgrade: true })).toBe(expected)
  })

  test('of a public address is the one that was configured, not the scheme of the last hop', () => {
    expect(verdict({ Host: 'sally.example.org', Origin: 'https://sally.example.org' })).toBe('allow')
    expect(verdict({ Host: 'sally.example.org', Origin: 'http://sally.example.org' })).toBe('403 foreign_origin')
  })

  test('given twice is refused', () => {
    expect(verdict(['Host', 'localhost', 'Origin', 'http://localhost', 'Origin', 'http://evil.example'])).toBe(
      '400 repeated_header',
    )
  })
})

describe('fetch metadata', () => {
  const navigation = { 'Sec-Fetch-Mode': 'navigate', 'Sec-Fetch-Dest': 'document' }
  test.each([
    [{ 'Sec-Fetch-Site': 'same-origin' }, 'allow'],
    [{ 'Sec-Fetch-Site': 'none' }, 'allow'],
    [{ 'Sec-Fetch-Site': 'cross-site' }, '403 cross_site'],
    [{ 'Sec-Fetch-Site': 'same-site' }, '403 cross_site'],
    [{ 'Sec-Fetch-Site': 'of-tomorrow' }, '403 cross_site'],
    [{ 'Sec-Fetch-Site': 'cross-site', ...navigation }, 'allow'],
    [{ 'Sec-Fetch-Site': 'cross-site', ...navigation, 'Sec-Fetch-Dest': 'iframe' }, '403 cross_site'],
    [{ 'Sec-Fetch-Site': 'cross-site', 'Sec-Fetch-Mode': 'no-cors', 'Sec-Fetch-Dest': 'image' }, '403 cross_site'],
    [{ 'Sec-Fetch-Site': 'cross-site', Origin: 'https://tools.example.org' }, 'allow'],
  ])('%j → %s', (headers, expected) => {
    expect(verdict({ Host: 'localhost:8447', ...headers } as Record<string, string>)).toBe(expected)
  })

  test('a form posted from another site is no navigation', () => {
    expect(verdict({ Host: 'localhost:8447', 'Sec-Fetch-Site': 'cross-site', ...navigation }, { method: 'POST' })).toBe(
      '403 cross_site',
    )
  })
})

describe('with a cookie', () => {
  const cookie = { Host: 'localhost:8447', Cookie: 'sallyport_8447=x' }
  test.each(['POST', 'PUT', 'DELETE', 'PATCH', 'post', 'PROPFIND'])(
    '%s needs to say where it comes from, whatever its content type',
    (method) => {
      expect(verdict(cookie, { method })).toBe('403 unproven_origin')
      expect(verdict({ ...cookie, 'Content-Type': 'application/json' }, { method })).toBe('403 unproven_origin')
      expect(verdict({ ...cookie, 'Sec-Fetch-Site': 'none' }, { method })).toBe('403 unproven_origin')
      expect(verdict({ ...cookie, 'Sec-Fetch-Site': 'same-origin' }, { method })).toBe('allow')
      expect(verdict({ ...cookie, Origin: 'http://localhost:8447' }, { method })).toBe('allow')
    },
  )

  test('a WebSocket needs an Origin of ours', () => {
    expect(verdict(cookie, { isUpgrade: true })).toBe('403 unproven_origin')
    expect(verdict({ ...cookie, 'Sec-Fetch-Site': 'same-origin' }, { isUpgrade: true })).toBe('403 unproven_origin')
    expect(verdict({ ...cookie, Origin: 'http://localhost:8447' }, { isUpgrade: true })).toBe('allow')
  })

  test('a program without a cookie needs none of it', () => {
    expect(verdict({ Host: 'localhost:8447' }, { method: 'POST' })).toBe('allow')
  })
})
