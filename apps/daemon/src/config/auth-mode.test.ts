import type { AuthMode } from '@sallyport/contract/auth'
import { describe, expect, test } from 'vitest'
import { type AuthSaid, resolveAuthMode } from './auth-mode.ts'

const nothing: AuthSaid = {
  mode: null,
  enabled: null,
  requireMfa: null,
  password: null,
  host: 'localhost',
  publicUrls: [],
  trustProxy: [],
}
const at = <T>(value: T, line: number) => ({ value, source: 'file', origin: `config.yaml:${line}` }) as const
const mode = (value: AuthMode) => ({ mode: at(value, 1) })
const enabled = (value: boolean) => ({ enabled: at(value, 2) })
const mfa = (value: boolean) => ({ requireMfa: at(value, 3) })
const password = { password: { source: 'environment', origin: 'SALLYPORT_PASSWORD' } } as const
const open = { host: '10.0.0.5' }

describe('what is said goes together', () => {
  test.each<[string, Partial<AuthSaid>, AuthMode, boolean, string | null]>([
    ['nothing', {}, 'accounts', true, null],
    ['accounts', mode('accounts'), 'accounts', true, 'config.yaml:1'],
    ['enabled', enabled(true), 'accounts', true, 'config.yaml:2'],
    ['not enabled', enabled(false), 'off', false, 'config.yaml:2'],
    ['accounts, enabled', { ...mode('accounts'), ...enabled(true) }, 'accounts', true, 'config.yaml:1'],
    ['off, not enabled', { ...mode('off'), ...enabled(false) }, 'off', false, 'config.yaml:1'],
    ['accounts without a second factor', mfa(false), 'accounts', false, null],
    ['accounts with one', { ...mode('accounts'), ...mfa(true) }, 'accounts', true, 'config.yaml:1'],
    ['a password', password, 'password', false, 'SALLYPORT_PASSWORD'],
    ['password, and there is one', { ...mode('password'), ...password }, 'password', false, 'config.yaml:1'],
    ['a password, no second factor needed', { ...password, ...mfa(false) }, 'password', false, 'SALLYPORT_PASSWORD'],
    ['ephemeral', mode('ephemeral'), 'ephemeral', false, 'config.yaml:1'],
    ['off', mode('off'), 'off', false, 'config.yaml:1'],
    ['off on another loopback address', { ...mode('off'), host: '127.0.0.2' }, 'off', false, 'config.yaml:1'],
    ['the network', { ...open, publicUrls: ['https://a.example'], trustProxy: ['10.0.0.0/8'] }, 'accounts', true, null],
    ['a password, on the network', { ...password, ...open }, 'password', false, 'SALLYPORT_PASSWORD'],
  ])('%s', (_name, said, expected, requireSecondFactor, origin) => {
    const resolved = resolveAuthMode({ ...nothing, ...said })
    expect(resolved).toMatchObject({ mode: expected, requireSecondFactor })
    expect('mode' in resolved && (resolved.decidedBy?.origin ?? null)).toBe(origin)
  })
})

describe('what contradicts itself stops the start', () => {
  test.each<[string, Partial<AuthSaid>, RegExp]>([
    [
      'off, enabled',
      { ...mode('off'), ...enabled(true) },
      /auth\.mode: off \(config\.yaml:1\) and auth\.enabled: true/,
    ],
    ['accounts, not enabled', { ...mode('accounts'), ...enabled(false) }, /auth\.enabled means auth\.mode off/],
    ['ephemeral, not enabled', { ...mode('ephemeral'), ...enabled(false) }, /contradict each other/],
    ['ephemeral, enabled', { ...mode('ephemeral'), ...enabled(true) }, /auth\.enabled means auth\.mode accounts/],
    ['off and a password', { ...mode('off'), ...password }, /a password \(SALLYPORT_PASSWORD\) and auth\.mode: off/],
    ['ephemeral and a password', { ...mode('ephemeral'), ...password }, /and auth\.mode: ephemeral/],
    ['accounts and a password', { ...mode('accounts'), ...password }, /and auth\.mode: accounts/],
    ['not enabled and a password', { ...enabled(false), ...password }, /and auth\.enabled: false/],
    ['enabled and a password', { ...enabled(true), ...password }, /and auth\.enabled: true/],
    ['password without one', mode('password'), /needs a password: put it into a file/],
    ['off on the network', { ...mode('off'), ...open }, /auth\.mode off and http\.host 10\.0\.0\.5/],
    ['off on every address', { ...mode('off'), host: '::' }, /auth\.mode off and http\.host ::/],
    ['not enabled, on the network', { ...enabled(false), ...open }, /auth\.mode off and http\.host/],
    ['off with public addresses', { ...mode('off'), publicUrls: ['https://a.example'] }, /off and public_urls/],
    ['off behind a proxy', { ...mode('off'), trustProxy: ['10.0.0.1'] }, /off and trust_proxy/],
    [
      'password, a second factor required',
      { ...password, ...mfa(true) },
      /in mode password a second factor is optional/,
    ],
    [
      'ephemeral, one required',
      { ...mode('ephemeral'), ...mfa(true) },
      /in mode ephemeral a second factor is optional/,
    ],
    ['off, one required', { ...mode('off'), ...mfa(true) }, /in mode off nobody signs in/],
  ])('%s', (_name, said, sentence) => {
    const problems = resolveAuthMode({ ...nothing, ...said })
    expect(problems).toBeInstanceOf(Array)
    expect((problems as readonly string[]).some((problem) => sentence.test(problem))).toBe(true)
  })

  test('everything is said at once', () => {
    expect(resolveAuthMode({ ...nothing, ...mode('off'), ...password, ...open, ...mfa(true) })).toHaveLength(3)
  })
})
