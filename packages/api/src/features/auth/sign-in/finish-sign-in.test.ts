import { provePassword } from '@sallyport/testing/password-browser'
import { describe, expect, it } from 'vitest'
import type { TestApi } from '../../../open-test-api.ts'
import { codeOf, halfSignedIn, MINUTE, OWN_PASSWORD, openOwned } from './sign-in-fixture.ts'

describe('a recorded sign-in', () => {
  /** Runs an exchange and gives back its last message without sending it. */
  const record = async (test: TestApi, browser = test.newBrowser()) => {
    const { stretching, serverId } = await browser.call.auth.signInOptions()
    const start = (request: string) => browser.call.auth.startSignIn({ user: 'ada', request })
    const finish = await provePassword({ password: OWN_PASSWORD, stretching, serverId, start })
    if (finish === undefined) throw new Error('the password is wrong')
    return { browser, finish, signInToken: browser.cookies.get('sign_in') ?? '' }
  }

  it('is worth nothing a second time: the last message counts once, with the old cookie or a new one', async () => {
    await using test = await openOwned()
    const { browser, finish, signInToken } = await record(test)
    expect(await browser.call.auth.finishSignIn({ finish })).toEqual({ next: 'second_factor' })
    browser.plant('sign_in', signInToken)
    expect(await codeOf(browser.call.auth.finishSignIn({ finish }))).toBe('sign_in_failed')
    const again = await record(test)
    expect(await codeOf(again.browser.call.auth.finishSignIn({ finish }))).toBe('sign_in_failed')
  })

  it('sent twice at the same moment goes through once', async () => {
    await using test = await openOwned()
    const { browser, finish } = await record(test)
    const both = [0, 1].map(() => {
      const request = browser.request()
      return codeOf(test.call(request).auth.finishSignIn({ finish }))
    })
    expect((await Promise.all(both)).sort()).toEqual(['ok', 'sign_in_failed'])
  })

  it('cannot be finished from another browser', async () => {
    await using test = await openOwned()
    const { browser, finish } = await record(test)
    const other = test.newBrowser()
    expect(await codeOf(other.call.auth.finishSignIn({ finish }))).toBe('sign_in_failed')
    await record(test, other)
    expect(await codeOf(other.call.auth.finishSignIn({ finish }))).toBe('sign_in_failed')
    expect(await browser.call.auth.finishSignIn({ finish })).toEqual({ next: 'second_factor' })
  })

  it('that waited for more than a minute is over', async () => {
    await using test = await openOwned()
    const { browser, finish } = await record(test)
    test.clock.advance(MINUTE)
    expect(await codeOf(browser.call.auth.finishSignIn({ finish }))).toBe('sign_in_failed')
  })

  it('does not outlive the password, before the last message or between it and the code', async () => {
    await using test = await openOwned()
    const [early, late] = [await record(test), await halfSignedIn(test)]
    await test.local.auth.resetPassword({ user: 'ada', password: 'another long password' })
    expect(await codeOf(early.browser.call.auth.finishSignIn({ finish: early.finish }))).toBe('sign_in_failed')
    expect(await codeOf(late.call.auth.verifySecondFactor({ method: 'totp', code: test.owner.nextCode() }))).toBe(
      'sign_in_failed',
    )
  })

  it('does not outlive it in the last moment either: a password that changes while the auth session opens ends it', async () => {
    await using test = await openOwned()
    const half = await halfSignedIn(test)
    await test.database.execute(
      `CREATE TRIGGER "changedMeanwhile" AFTER INSERT ON "AuthSession" BEGIN UPDATE "User" SET "passwordRecord" = 'another'; END`,
    )
    const before = (await test.local.auth.listSessions()).authSessions.length
    expect(await codeOf(half.call.auth.verifySecondFactor({ method: 'totp', code: test.owner.nextCode() }))).toBe(
      'sign_in_failed',
    )
    expect(half.cookies.has('session')).toBe(false)
    expect((await test.local.auth.listSessions()).authSessions).toHaveLength(before)
  })
})
