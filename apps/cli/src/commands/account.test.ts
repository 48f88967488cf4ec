import type { AuthStatus } from '@sallyport/contract/sign-in'
import { expect, test } from 'vitest'
import { EXIT } from '../exit-code.ts'
import { type Account, chooseAccount, devices, requireOwnPassword } from './account.ts'

const user = (name: string): Account => ({
  name,
  role: 'owner',
  hasPassword: true,
  hasSecondFactor: true,
  recoveryCodesLeft: 10,
  failedSignIns: 0,
  closedUntil: null,
  signedInDevices: 0,
})

const status = (over: Partial<AuthStatus>): AuthStatus => ({
  mode: 'accounts',
  secondFactorRequired: true,
  users: [user('ada')],
  ...over,
})

test('without a name the only user is meant, and never one of several', () => {
  expect(chooseAccount(status({}), undefined).name).toBe('ada')
  const several = status({ users: [user('ada'), user('bob')] })
  expect(() => chooseAccount(several, undefined)).toThrow(expect.objectContaining({ exit: EXIT.usage }))
  expect(chooseAccount(several, 'bob').name).toBe('bob')
})

test('a name that nobody has is not found, however close it is', () => {
  for (const name of ['eve', 'Ada', 'ad', '']) {
    expect(() => chooseAccount(status({}), name)).toThrow(expect.objectContaining({ exit: EXIT.notFound }))
  }
})

test('where nobody signs in, and where there is nobody, every account is refused', () => {
  for (const over of [{ mode: 'off' } as const, { users: [] }]) {
    expect(() => chooseAccount(status(over), undefined)).toThrow(expect.objectContaining({ exit: EXIT.refused }))
  }
})

test('a password that the daemon has from elsewhere is not an account’s own', () => {
  expect(() => requireOwnPassword('accounts')).not.toThrow()
  for (const mode of ['password', 'ephemeral'] as const) {
    expect(() => requireOwnPassword(mode)).toThrow(expect.objectContaining({ exit: EXIT.refused }))
  }
})

test('devices are counted in words that fit', () => {
  expect([0, 1, 2].map(devices)).toEqual([
    'no device was signed in',
    '1 device is signed out',
    '2 devices are signed out',
  ])
})
