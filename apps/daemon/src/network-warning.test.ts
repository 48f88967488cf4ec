import { expect, test } from 'vitest'
import { loadConfig } from './config/load.ts'
import { networkWarning } from './network-warning.ts'

const warn = async (host: string, environment: Record<string, string> = {}) =>
  networkWarning(
    (await loadConfig({ dataDir: '/nowhere', values: { 'http.host': { raw: host, flag: '--host' } } }, environment))
      .values,
  )

test('a network address without TLS before it is warned about; loopback, and a published https address, are not', async () => {
  for (const host of ['10.0.0.5', '0.0.0.0', '::', '2001:db8::1'])
    expect(await warn(host)).toMatch(new RegExp(`listening on ${host} without TLS: anybody on the network path`))
  for (const host of ['localhost', '127.0.0.2']) expect(await warn(host)).toBeNull()
  expect(await warn('10.0.0.5', { SALLYPORT_PUBLIC_URLS: 'http://sally.example.org' })).toContain('without TLS')
  expect(await warn('10.0.0.5', { SALLYPORT_PUBLIC_URLS: 'https://sally.example.org' })).toBeNull()
  expect(await warn('10.0.0.5', { SALLYPORT_HTTP_ENABLED: '0' })).toBeNull()
})
