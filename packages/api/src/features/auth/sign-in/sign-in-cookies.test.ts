import { randomBytes } from 'node:crypto'
import { newToken } from '@sallyport/crypto/tokens'
import { describe, expect, it } from 'vitest'
import { signInWith } from '../../../open-test-api.ts'
import { codeOf, failedBefore, guess, halfSignedIn, OWN_PASSWORD, openOwned } from './sign-in-fixture.ts'

describe('cookies', () => {
  it('that somebody planted become nothing, whichever they are', async () => {
    await using test = await openOwned()
    const browser = test.newBrowser()
    const planted = newToken(randomBytes)
    browser.plant('session', planted)
    browser.plant('sign_in', planted)
    browser.plant('device', planted)
    expect(await codeOf(browser.call.auth.finishSignIn({ finish: 'A'.repeat(86) }))).toBe('sign_in_failed')
    await signInWith(browser, { password: OWN_PASSWORD })
    expect(browser.cookies.get('sign_in')).not.toBe(planted)
    await browser.call.auth.verifySecondFactor({ method: 'totp', code: test.owner.nextCode() })
    expect([...browser.cookies.values()]).not.toContain(planted)
    const victim = test.newBrowser()
    victim.plant('session', planted)
    victim.plant('sign_in', planted)
    expect(await victim.call.auth.whoami()).toEqual({ kind: 'anonymous', reason: 'none' })
  })

  it('are new at each step, and a sign-in that is over leaves none of its own', async () => {
    await using test = await openOwned()
    const browser = test.newBrowser()
    await guess(browser)
    const first = browser.cookies.get('sign_in')
    await signInWith(browser, { password: OWN_PASSWORD })
    const second = browser.cookies.get('sign_in')
    expect(second).not.toBe(first)
    await browser.call.auth.verifySecondFactor({ method: 'totp', code: test.owner.nextCode() })
    expect(browser.cookies.has('sign_in')).toBe(false)
    const thief = test.newBrowser()
    thief.plant('sign_in', second ?? '')
    expect(await codeOf(thief.call.auth.verifySecondFactor({ method: 'totp', code: test.owner.nextCode() }))).toBe(
      'sign_in_failed',
    )
  })

  it('of a sign-in under way are no auth session and of an auth session no sign-in', async () => {
    await using test = await openOwned()
    const half = await halfSignedIn(test)
    const swapped = test.newBrowser()
    swapped.plant('session', half.cookies.get('sign_in') ?? '')
    swapped.plant('sign_in', test.owner.browser.cookies.get('session') ?? '')
    expect(await swapped.call.auth.whoami()).toEqual({ kind: 'anonymous', reason: 'none' })
    expect(await codeOf(swapped.call.auth.verifySecondFactor({ method: 'totp', code: test.owner.nextCode() }))).toBe(
      'sign_in_failed',
    )
  })

  it('of a device count for the user who signed in there, and for nobody else', async () => {
    await using test = await openOwned()
    await failedBefore(test, 99)
    for (const user of ['ada', 'operator']) await guess(test.newBrowser({ address: '198.51.100.1' }), { user })
    const { browser } = test.owner
    expect(await codeOf(guess(browser))).toBe('ok')
    expect(await codeOf(guess(browser, { user: 'operator' }))).toBe('too_many_requests')
    const forged = test.newBrowser()
    forged.plant(
      'device',
      (browser.cookies.get('device') ?? '').replace(/.$/, (last) => (last === 'A' ? 'B' : 'A')),
    )
    expect(await codeOf(guess(forged))).toBe('too_many_requests')
  })
})
