import { provePassword } from '@sallyport/testing/password-browser'
import { describe, expect, it } from 'vitest'
import { limits } from '../../../limits/limits.ts'
import { type CookieBrowser, openTestApi, type TestApi } from '../../../open-test-api.ts'
import {
  appCode,
  codeOf,
  halfSignedIn,
  MINUTE,
  OWN_PASSWORD,
  type Owner,
  SECOND,
  setUpOwner,
} from '../sign-in/sign-in-fixture.ts'

type Owned = TestApi & { readonly owner: Owner; readonly browser: CookieBrowser }

/** The owner signed in, and the proof of that has run out. */
const owned = async (): Promise<Owned> => {
  const test = await openTestApi()
  const owner = await setUpOwner(test)
  test.clock.advance(11 * MINUTE)
  return Object.assign(test, { owner, browser: owner.browser })
}

/** Another browser of the same user. */
const secondBrowser = async (test: Owned): Promise<CookieBrowser> => {
  const browser = await halfSignedIn(test)
  await browser.call.auth.verifySecondFactor({ method: 'totp', code: test.owner.nextCode() })
  return browser
}

/** The first half of a step-up; gives back the last message, undefined for a wrong password. */
const startStepUp = async ({ call }: CookieBrowser, password = OWN_PASSWORD): Promise<string | undefined> => {
  const { stretching, serverId } = await call.auth.signInOptions()
  return provePassword({ password, stretching, serverId, start: (request) => call.auth.startStepUp({ request }) })
}
const stepUp = async (browser: CookieBrowser, password?: string): Promise<{ provenUntil: string }> =>
  browser.call.auth.finishStepUp({ finish: (await startStepUp(browser, password)) ?? 'A'.repeat(86) })

/** Any call that needs a fresh proof. */
const sensitive = (browser: CookieBrowser): Promise<string> => codeOf(browser.call.auth.startTotp())

describe('a change that lasts', () => {
  it('needs a proof of the last five minutes: the sign-in, the password again, or a code', async () => {
    await using test = await owned()
    const { browser } = test
    expect(await sensitive(browser)).toBe('step_up_required')
    const { provenUntil } = await stepUp(browser)
    expect(provenUntil).toBe(new Date(test.clock.now() + 5 * MINUTE).toISOString())
    expect(await browser.call.auth.whoami()).toMatchObject({ provenUntil })
    expect(await sensitive(browser)).toBe('ok')
    test.clock.advance(5 * MINUTE - 1)
    expect(await sensitive(browser)).toBe('ok')
    test.clock.advance(1)
    expect(await sensitive(browser)).toBe('step_up_required')
    await browser.call.auth.proveWithCode({ code: test.owner.nextCode() })
    expect(await sensitive(browser)).toBe('ok')
    // A sign-in is a proof as well.
    const fresh = await secondBrowser(test)
    expect(await sensitive(fresh)).toBe('ok')
  })
})

describe('a proof', () => {
  it('changes the token: a copy of the old cookie is worth nothing', async () => {
    await using test = await owned()
    const { browser } = test
    const stolen = browser.cookies.get('session')
    const before = await browser.call.auth.whoami()
    await stepUp(browser)
    const after = await browser.call.auth.whoami()
    expect(after).toMatchObject({ kind: 'user', authSessionId: (before as { authSessionId: string }).authSessionId })
    expect(browser.cookies.get('session')).not.toBe(stolen)
    const thief = test.newBrowser()
    thief.plant('session', stolen ?? '')
    expect(await thief.call.auth.whoami()).toEqual({ kind: 'anonymous', reason: 'none' })
  })

  it('keeps the sockets of this browser, and a revocation still ends them', async () => {
    await using test = await owned()
    const { browser } = test
    const socket = browser.webSocket()
    test.api.connectionOpened(socket)
    await test.call(socket).session.list()
    await stepUp(browser)
    expect(socket.closed).toEqual([])
    await test.call(socket).session.list()
    await test.local.auth.revokeAll()
    expect(socket.closed).toMatchObject([{ code: 4401 }])
    expect(await codeOf(test.call(socket).session.list())).toBe('unauthenticated')
  })

  it('is for the auth session that began it: its last message is nothing in another', async () => {
    await using test = await owned()
    const { browser } = test
    const another = await secondBrowser(test)
    test.clock.advance(5 * MINUTE)
    const finish = (await startStepUp(browser)) ?? ''
    await startStepUp(another)
    expect(await codeOf(another.call.auth.finishStepUp({ finish }))).toBe('sign_in_failed')
    expect(await sensitive(another)).toBe('step_up_required')
    expect(await codeOf(browser.call.auth.finishStepUp({ finish }))).toBe('ok')
    expect(await sensitive(another)).toBe('step_up_required')
  })

  it('sent twice is accepted once, and a recorded one never again', async () => {
    await using test = await owned()
    const { browser } = test
    const finish = (await startStepUp(browser)) ?? ''
    const both = [1, 2].map(() => codeOf(browser.call.auth.finishStepUp({ finish })))
    expect((await Promise.all(both)).sort()).toEqual(['ok', 'sign_in_failed'])
    await startStepUp(browser)
    expect(await codeOf(browser.call.auth.finishStepUp({ finish }))).toBe('sign_in_failed')
  })

  it('comes within a minute of its start', async () => {
    await using test = await owned()
    const finish = (await startStepUp(test.browser)) ?? ''
    test.clock.advance(MINUTE)
    expect(await codeOf(test.browser.call.auth.finishStepUp({ finish }))).toBe('sign_in_failed')
  })

  it('by a code of the authenticator counts once, also in parallel, and a recovery code is none', async () => {
    await using test = await owned()
    const { browser, owner } = test
    const code = owner.nextCode()
    const both = [1, 2].map(() => codeOf(browser.call.auth.proveWithCode({ code })))
    const results = await Promise.all(both)
    expect(results.filter((result) => result === 'ok')).toHaveLength(1)
    expect(await codeOf(browser.call.auth.proveWithCode({ code }))).toBe('sign_in_failed')
    expect(await codeOf(browser.call.auth.proveWithCode({ code: owner.recoveryCodes[0]?.slice(0, 16) ?? '' }))).toBe(
      'sign_in_failed',
    )
  })

  it('by a code needs an authenticator', async () => {
    await using test = await owned()
    const viewer = test.newBrowser()
    viewer.plant('session', test.browsers.viewer.token)
    const code = appCode('A'.repeat(32), test.clock.now())
    expect(await codeOf(viewer.call.auth.proveWithCode({ code }))).toBe('sign_in_failed')
  })

  it('does not happen when the audit log cannot be written', async () => {
    await using test = await owned()
    const { browser } = test
    const finish = (await startStepUp(browser)) ?? ''
    await test.database.execute('ALTER TABLE "AuditRow" RENAME TO "Away"')
    expect(await codeOf(browser.call.auth.finishStepUp({ finish }))).toBe('unavailable')
    await test.database.execute('ALTER TABLE "Away" RENAME TO "AuditRow"')
    expect(await sensitive(browser)).toBe('step_up_required')
  })

  it('and a refused one are rows that name the user', async () => {
    await using test = await owned()
    const before = (await test.auditRows()).length
    await codeOf(stepUp(test.browser, 'a wrong password'))
    await stepUp(test.browser)
    expect((await test.auditRows()).slice(before)).toMatchObject([
      { actor: 'user:ada', target: 'ada', outcome: 'refused', reason: 'sign_in_failed' },
      { actor: 'user:ada', target: 'ada', outcome: 'ok', event: 'step_up.succeeded' },
    ])
  })
})

describe('somebody with a stolen cookie', () => {
  it('has ten guesses of the password in ten minutes, counted when they start, and takes none from other devices', async () => {
    await using test = await owned()
    const { browser } = test
    const another = await secondBrowser(test)
    test.clock.advance(11 * MINUTE)
    for (let n = 0; n < limits.stepUp.failures.max; n += 1) {
      expect(await startStepUp(browser, `guess ${n}`)).toBeUndefined()
      test.clock.advance(SECOND)
    }
    await expect(startStepUp(browser)).rejects.toMatchObject({ errorCode: 'too_many_requests', retryAfterSeconds: 590 })
    expect(await codeOf(browser.call.auth.proveWithCode({ code: test.owner.nextCode() }))).toBe('too_many_requests')
    expect(await codeOf(stepUp(another))).toBe('ok')
    // Nor is anybody kept from signing in.
    expect(await codeOf(halfSignedIn(test))).toBe('ok')
    test.clock.advance(10 * MINUTE)
    expect(await codeOf(stepUp(browser))).toBe('ok')
  })

  it('leaves a row that names the owner, of guesses that are never finished and of those that a limit refused', async () => {
    await using test = await owned()
    const before = (await test.auditRows()).length
    for (let n = 0; n < limits.stepUp.failures.max; n += 1) await startStepUp(test.browser, `guess ${n}`)
    await expect(startStepUp(test.browser)).rejects.toMatchObject({ errorCode: 'too_many_requests' })
    // The last one is given up by its time, when anybody begins another.
    test.clock.advance(MINUTE)
    await startStepUp(await secondBrowser(test))
    await test.api.close()
    expect((await test.auditRows()).slice(before).filter(({ event }) => event === 'step_up.failed')).toMatchObject([
      { actor: 'user:ada', target: 'ada', outcome: 'refused', reason: 'abandoned', count: 11 },
    ])
  })

  it('is not helped by successes of the owner, who are free', async () => {
    await using test = await owned()
    for (let n = 0; n < 12; n += 1) {
      await stepUp(test.browser)
      test.clock.advance(SECOND)
    }
    for (let n = 0; n < limits.stepUp.failures.max; n += 1) {
      await startStepUp(test.browser, 'a guess')
      test.clock.advance(SECOND)
    }
    expect(await codeOf(startStepUp(test.browser))).toBe('too_many_requests')
  })
})

it('where nobody signs in, and on the socket, there is nothing to prove', async () => {
  await using test = await openTestApi({ auth: { mode: 'off' } })
  const open = test.newBrowser()
  expect(await codeOf(open.call.auth.startStepUp({ request: 'A'.repeat(128) }))).toBe('conflict')
  expect(await codeOf(test.local.auth.startStepUp({ request: 'A'.repeat(128) }))).toBe('conflict')
})
