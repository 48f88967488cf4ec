import { describe, expect, it } from 'vitest'
import { type CookieBrowser, openTestApi, signInWith } from '../../../open-test-api.ts'
import {
  appCode,
  choosePassword,
  codeOf,
  DAY,
  events,
  MINUTE,
  OWN_PASSWORD,
  onboardingBrowser,
  SECOND,
  setUpOwner,
} from '../sign-in/sign-in-fixture.ts'

describe('a first run', () => {
  it('goes from the setup password to a signed-in owner with a name, a password, an authenticator and ten codes', async () => {
    await using test = await openTestApi()
    const { password } = await test.local.auth.revealPassword()
    const browser = test.newBrowser()
    expect(await signInWith(browser, { password })).toEqual({ next: 'onboarding' })
    expect(await browser.call.auth.whoami()).toMatchObject({
      kind: 'onboarding',
      user: 'ada',
      step: 'password',
      secondFactorRequired: true,
    })
    await choosePassword(browser, { user: 'ada.l' })
    expect(await browser.call.auth.whoami()).toMatchObject({ kind: 'onboarding', user: 'ada.l', step: 'second_factor' })
    const { secret, uri } = await browser.call.auth.startEnrolment()
    expect(uri).toContain('ada.l')
    const { recoveryCodes } = await browser.call.auth.confirmEnrolment({ code: appCode(secret, test.clock.now()) })
    expect(recoveryCodes).toHaveLength(10)
    expect(await browser.call.auth.whoami()).toMatchObject({ kind: 'user', user: 'ada.l', role: 'owner' })
    expect([...browser.cookies.keys()].sort()).toEqual(['device', 'session'])
    expect(await events(test)).toEqual([
      'password.revealed ok',
      'sign_in.succeeded ok',
      'password.changed ok',
      'onboarding.completed ok',
    ])
    // The setup password is over: there is nothing to reveal.
    expect(await codeOf(test.local.auth.revealPassword())).toBe('not_found')
  })

  it('lets the setup password in once', async () => {
    await using test = await openTestApi()
    const { password } = await test.local.auth.revealPassword()
    await signInWith(test.newBrowser(), { password })
    expect(await codeOf(signInWith(test.newBrowser(), { password }))).toBe('sign_in_failed')
  })

  it('does not take the setup password as the own one, and waits for another', async () => {
    await using test = await openTestApi()
    const { password } = await test.local.auth.revealPassword()
    const browser = test.newBrowser()
    await signInWith(browser, { password })
    expect(await codeOf(choosePassword(browser, { password }))).toBe('bad_request')
    expect(await codeOf(choosePassword(browser))).toBe('ok')
  })

  it('that two browsers came to is finished by one of them', async () => {
    await using test = await openTestApi()
    const [one, two] = [await onboardingBrowser(test), await onboardingBrowser(test)]
    const codes = await Promise.all([
      codeOf(choosePassword(one, { user: 'one' })),
      codeOf(choosePassword(two, { user: 'two' })),
    ])
    expect(codes.sort()).toEqual(['conflict', 'ok'])
  })

  it('does not give the owner a name that somebody has', async () => {
    await using test = await openTestApi()
    const browser = await onboardingBrowser(test)
    expect(await codeOf(choosePassword(browser, { user: 'operator' }))).toBe('conflict')
    expect(await codeOf(choosePassword(browser, { user: 'ada' }))).toBe('ok')
  })

  it('lasts a day', async () => {
    await using test = await openTestApi()
    const browser = await onboardingBrowser(test)
    test.clock.advance(DAY - SECOND)
    expect((await browser.call.auth.whoami()).kind).toBe('onboarding')
    test.clock.advance(SECOND)
    expect((await browser.call.auth.whoami()).kind).toBe('anonymous')
    expect(await codeOf(choosePassword(browser))).toBe('unauthenticated')
  })

  it('in a browser that a launch ticket signed in ends that auth session, and renames the others', async () => {
    await using test = await openTestApi()
    const [setup, other] = [test.newBrowser(), test.newBrowser()]
    for (const { call } of [setup, other]) {
      const { url } = await test.local.auth.createTicket({})
      await call.auth.redeemTicket({ ticket: url.split('#')[1] ?? '' })
    }
    const { password } = await test.local.auth.revealPassword()
    await signInWith(setup, { password })
    expect(await setup.call.auth.whoami()).toMatchObject({ kind: 'onboarding', step: 'password' })
    await choosePassword(setup, { user: 'lovelace' })
    expect(await other.call.auth.whoami()).toMatchObject({ kind: 'user', user: 'lovelace' })
  })

  it('that stops after the password goes on at the next sign-in, even after a restart', async () => {
    await using first = await openTestApi()
    await choosePassword(await onboardingBrowser(first))
    const { dataDir, installKey, sealedSecrets } = first
    await using test = await openTestApi({ dataDir, installKey, sealedSecrets })
    const browser = test.newBrowser()
    expect(await signInWith(browser, { password: OWN_PASSWORD })).toEqual({ next: 'enrolment' })
    expect(await browser.call.auth.whoami()).toMatchObject({ kind: 'onboarding', user: 'ada', step: 'second_factor' })
    const { secret } = await browser.call.auth.startEnrolment()
    await browser.call.auth.confirmEnrolment({ code: appCode(secret, test.clock.now()) })
    expect(await codeOf(browser.call.session.list())).toBe('ok')
  })
})

describe('a second factor', () => {
  it('cannot be skipped where it is required, and can where it is not', async () => {
    await using strict = await openTestApi()
    const refused = await onboardingBrowser(strict)
    await choosePassword(refused)
    expect(await codeOf(refused.call.auth.skipEnrolment())).toBe('conflict')
    expect(refused.cookies.has('session')).toBe(false)

    await using relaxed = await openTestApi({ auth: { requireSecondFactor: false } })
    const browser = await onboardingBrowser(relaxed)
    await choosePassword(browser)
    await browser.call.auth.skipEnrolment()
    expect(await browser.call.auth.whoami()).toMatchObject({ kind: 'user', user: 'ada' })
  })

  it('that was set up meanwhile is not replaced by somebody who knows only the password', async () => {
    await using test = await openTestApi()
    await choosePassword(await onboardingBrowser(test))
    const thief = test.newBrowser()
    const owner = test.newBrowser()
    for (const browser of [thief, owner]) await signInWith(browser, { password: OWN_PASSWORD })
    const stolen = await thief.call.auth.startEnrolment()
    const { secret } = await owner.call.auth.startEnrolment()
    await owner.call.auth.confirmEnrolment({ code: appCode(secret, test.clock.now()) })

    const code = appCode(stolen.secret, test.clock.now())
    expect(await codeOf(thief.call.auth.confirmEnrolment({ code }))).toBe('unauthenticated')
    expect(await codeOf(thief.call.auth.startEnrolment())).toBe('unauthenticated')
    expect(await signInWith(test.newBrowser(), { password: OWN_PASSWORD })).toEqual({ next: 'second_factor' })
  })

  it('that two browsers confirm at once is that of one of them, who is signed in and has the codes', async () => {
    await using test = await openTestApi()
    await choosePassword(await onboardingBrowser(test))
    const browsers = [test.newBrowser(), test.newBrowser()]
    const secrets: string[] = []
    for (const browser of browsers) {
      await signInWith(browser, { password: OWN_PASSWORD })
      secrets.push((await browser.call.auth.startEnrolment()).secret)
    }
    const codes: string[][] = []
    const confirm = async ({ call }: CookieBrowser, n: number) => {
      const code = appCode(secrets[n] ?? '', test.clock.now())
      codes[n] = (await call.auth.confirmEnrolment({ code })).recoveryCodes ?? []
    }
    const results = await Promise.all(browsers.map((browser, n) => codeOf(confirm(browser, n))))
    expect(results.toSorted()).toEqual(['ok', 'unauthenticated'])
    const winner = results.indexOf('ok')
    const kinds = await Promise.all(browsers.map(async ({ call }) => (await call.auth.whoami()).kind))
    expect(kinds).toEqual(winner === 0 ? ['user', 'anonymous'] : ['anonymous', 'user'])

    test.clock.advance(MINUTE)
    const next = test.newBrowser()
    await signInWith(next, { password: OWN_PASSWORD })
    const withApp = (n: number) =>
      codeOf(next.call.auth.verifySecondFactor({ method: 'totp', code: appCode(secrets[n] ?? '', test.clock.now()) }))
    expect(await withApp(1 - winner)).toBe('sign_in_failed')
    const code = codes[winner]?.[0] ?? ''
    expect(await next.call.auth.verifySecondFactor({ method: 'recovery_code', code })).toEqual({ recoveryCodesLeft: 9 })
  })

  it('that was reset is set up again at the next sign-in, and the browser of the old one is out', async () => {
    await using test = await openTestApi()
    const { browser } = await setUpOwner(test)
    await test.local.auth.resetSecondFactor({ user: 'ada' })
    expect(await codeOf(browser.call.session.list())).toBe('unauthenticated')
    expect(await signInWith(browser, { password: OWN_PASSWORD })).toEqual({ next: 'enrolment' })
  })

  it('is not there when the audit log cannot say so', async () => {
    await using test = await openTestApi()
    const browser = await onboardingBrowser(test)
    await choosePassword(browser)
    const { secret } = await browser.call.auth.startEnrolment()
    await test.database.execute('ALTER TABLE "AuditRow" RENAME TO "Away"')
    // One act finds out that the log is broken; from then on nothing changes.
    await codeOf(test.local.auth.createTicket({}))
    const code = appCode(secret, test.clock.now())
    expect(await codeOf(browser.call.auth.confirmEnrolment({ code }))).toBe('unavailable')
    await test.database.execute('ALTER TABLE "Away" RENAME TO "AuditRow"')
    expect(await codeOf(browser.call.auth.confirmEnrolment({ code }))).toBe('ok')
  })
})
