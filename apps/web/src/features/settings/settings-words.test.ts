import { expect, it } from 'vitest'
import { inDeviceOrder, otherDevicesWords, passwordMinLength, recoveryCodesLeft } from './settings-words.ts'

it.each([
  [0, 'None left', true],
  [1, 'Only 1 left', true],
  [3, 'Only 3 left', true],
  [4, '4 left', false],
  [10, '10 left', false],
])('%i recovery codes read as %s', (left, words, low) => {
  expect(recoveryCodesLeft(left)).toEqual({ words, low })
})

it.each([
  [0, 'No other device was signed in.'],
  [1, '1 other device was signed out.'],
  [4, '4 other devices were signed out.'],
])('%i ended devices read as: %s', (revoked, words) => {
  expect(otherDevicesWords(revoked)).toBe(words)
})

it('a shorter password is enough beside a second factor only', () => {
  expect(passwordMinLength({ secondFactor: null })).toBe(15)
  expect(passwordMinLength({ secondFactor: { enrolledAt: '2026-11-21T10:00:00.000Z', lastUsedAt: null } })).toBe(8)
})

it('using a device does not move it in the list', () => {
  const device = (id: string, createdAt: string, lastUsedAt: string, current = false) => ({
    ...{ id, createdAt, lastUsedAt, current },
    ...{ user: 'ann', device: 'Chrome on Linux', address: '127.0.0.1', expiresAt: createdAt },
  })
  const devices = [
    device('old', '2026-11-01T00:00:00.000Z', '2026-11-21T00:00:00.000Z'),
    device('new', '2026-11-20T00:00:00.000Z', '2026-11-20T00:00:00.000Z'),
    device('here', '2026-11-10T00:00:00.000Z', '2026-11-10T00:00:00.000Z', true),
  ]
  expect(inDeviceOrder(devices).map(({ id }) => id)).toEqual(['here', 'new', 'old'])
})
