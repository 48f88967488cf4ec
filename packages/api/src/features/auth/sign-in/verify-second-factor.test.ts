import { describe, expect, it } from 'vitest'
import { appCode, codeOf, halfSignedIn, MINUTE, openOwned } from './sign-in-fixture.ts'

describe('the second factor', () => {
  it('is tried five times per password, then the password is asked again', async () => {
    await using test = await openOwned()
    const browser = await halfSignedIn(test)
    const right = test.owner.nextCode()
    const wrong = right === '111111' ? '222222' : '111111'
    for (let n = 0; n < 5; n += 1) {
      expect(await codeOf(browser.call.auth.verifySecondFactor({ method: 'totp', code: wrong }))).toBe('sign_in_failed')
    }
    expect(await codeOf(browser.call.auth.verifySecondFactor({ method: 'totp', code: right }))).toBe('sign_in_failed')
    const again = await halfSignedIn(test)
    expect(await codeOf(again.call.auth.verifySecondFactor({ method: 'totp', code: right }))).toBe('ok')
  })

  it('is tried five times at once as well, and the fifth may be right', async () => {
    await using test = await openOwned()
    const browser = await halfSignedIn(test)
    const right = test.owner.nextCode()
    const wrong = right === '111111' ? '222222' : '111111'
    for (let n = 0; n < 4; n += 1) await codeOf(browser.call.auth.verifySecondFactor({ method: 'totp', code: wrong }))
    expect(await codeOf(browser.call.auth.verifySecondFactor({ method: 'totp', code: right }))).toBe('ok')

    test.clock.advance(16 * MINUTE)
    const other = await halfSignedIn(test)
    const attempts = Array.from({ length: 20 }, () =>
      codeOf(test.call(other.request()).auth.verifySecondFactor({ method: 'totp', code: wrong })),
    )
    await Promise.all(attempts)
    const code = appCode(test.owner.secret, test.clock.now())
    expect(await codeOf(other.call.auth.verifySecondFactor({ method: 'totp', code }))).toBe('sign_in_failed')
  })

  it('with the right code twice at the same moment signs in once', async () => {
    await using test = await openOwned()
    const browser = await halfSignedIn(test)
    const code = test.owner.nextCode()
    const before = (await test.local.auth.listSessions()).authSessions.length
    const both = [0, 1].map(() =>
      codeOf(test.call(browser.request()).auth.verifySecondFactor({ method: 'totp', code })),
    )
    expect((await Promise.all(both)).sort()).toEqual(['ok', 'sign_in_failed'])
    expect((await test.local.auth.listSessions()).authSessions).toHaveLength(before + 1)
  })
})
