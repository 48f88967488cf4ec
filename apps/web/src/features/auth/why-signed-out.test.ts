import { expect, it } from 'vitest'
import { readReason, signInPath, whySignedOut } from './why-signed-out.ts'

it('an address cannot put words of its own on the sign-in page', () => {
  expect(readReason('<b>call 555</b>')).toBe('none')
  expect(readReason(undefined)).toBe('none')
  expect(readReason('expired')).toBe('expired')
})

it('a reason survives the way to the page', () => {
  expect(readReason(new URL(signInPath('revoked'), 'http://x').searchParams.get('reason'))).toBe('revoked')
})

it('the page says that a session expired when the daemon says so, also to a page that was just loaded', async () => {
  const daemon = (whoami: () => Promise<unknown>, expiresAt?: string) =>
    ({
      user: () => (expiresAt === undefined ? undefined : { kind: 'user', expiresAt }),
      http: { auth: { whoami: { query: whoami } } },
    }) as unknown as Parameters<typeof whySignedOut>[0]
  const anonymous = (reason: string) => async () => ({ kind: 'anonymous', reason })
  const later = new Date(Date.now() + 60_000).toISOString()
  expect(await whySignedOut(daemon(anonymous('expired')))).toBe('expired')
  expect(await whySignedOut(daemon(anonymous('none')))).toBe('none')
  expect(await whySignedOut(daemon(anonymous('none'), later))).toBe('revoked')
  expect(await whySignedOut(daemon(() => Promise.reject(new Error('away')), new Date(0).toISOString()))).toBe('expired')
})
