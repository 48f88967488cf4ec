import { expect, it } from 'vitest'
import { readReason, signInPath } from './why-signed-out.ts'

it('an address cannot put words of its own on the sign-in page', () => {
  expect(readReason('<b>call 555</b>')).toBe('none')
  expect(readReason(undefined)).toBe('none')
  expect(readReason('expired')).toBe('expired')
})

it('a reason survives the way to the page', () => {
  expect(readReason(new URL(signInPath('revoked'), 'http://x').searchParams.get('reason'))).toBe('revoked')
})
