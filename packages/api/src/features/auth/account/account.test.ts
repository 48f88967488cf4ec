import { Secret } from '@sallyport/crypto/secret'
import { registerPassword } from '@sallyport/testing/password-browser'
import { describe, expect, it } from 'vitest'
import {
  type CookieBrowser,
  openTestApi,
  signInWith,
  type TestApi,
  type TestApiOptions,
} from '../../../open-test-api.ts'
import {
  appCode,
  codeOf,
  guess,
  halfSignedIn,
  MINUTE,
  OWN_PASSWORD,
  type Owner,
  SECOND,
  setUpOwner,
} from '../sign-in/sign-in-fixture.ts'

type Owned = TestApi & { readonly owner: Owner; readonly browser: CookieBrowser }

/** The owner, signed in a minute ago. */
const owned = async (options: TestApiOptions = {}): Promise<Owned> => {
  const test = await openTestApi(options)
  const owner = await setUpOwner(test)
  test.clock.advance(MINUTE)
  return Object.assign(test, { owner, browser: owner.browser })
}

const secondBrowser = async (test: Owned): Promise<CookieBrowser> => {
  const browser = await halfSignedIn(test)
  await browser.call.auth.verifySecondFactor({ method: 'totp', code: test.owner.nextCode() })
  return browser
}

const NEW_PASSWORD = 'another password of mine'
const newRecord = async ({ call }: CookieBrowser, password = NEW_PASSWORD): Promise<string> => {
  const { stretching, serverId } = await call.auth.signInOptions()
  const start = (request: string) => call.auth.startPasswordChange({ request })
  return registerPassword({ password, stretching, serverId, start })
}
const changePassword = async (browser: CookieBrowser): Promise<{ revoked: number }> =>
  browser.call.auth.finishPasswordChange({ record: await newRecord(browser) })

const SINGLE = { mode: 'password', password: new Secret('chosen where it is started') } as const

describe('the security of the own account', () => {
  it('is shown: password, authenticator, what is left of the recovery codes, what a step-up can be proved with', async () => {
    await using test = await owned()
    const madeAt = new Date(test.clock.now() - MINUTE).toISOString()
    expect(await test.browser.call.auth.security()).toEqual({
      mode: 'accounts',
      user: 'ada',
      passwordChangedAt: madeAt,
      hasPassword: true,
      canChangePassword: true,
      secondFactorRequired: true,
      secondFactor: { enrolledAt: madeAt, lastUsedAt: null },
      recoveryCodesLeft: 10,
      recoveryCodesMadeAt: madeAt,
      proofs: ['password', 'totp'],
    })
  })

  it('of somebody who came with a launch ticket and has no password: nothing can be proved but by another ticket', async () => {
    await using test = await openTestApi()
    const browser = test.newBrowser()
    browser.plant('session', (await test.signIn()).token)
    expect(await browser.call.auth.security()).toMatchObject({
      hasPassword: false,
      passwordChangedAt: null,
      secondFactor: null,
      recoveryCodesLeft: 0,
      recoveryCodesMadeAt: null,
      proofs: [],
    })
  })

  it('in mode password: the password is the daemon’s own and is not changed here', async () => {
    await using test = await openTestApi({ auth: SINGLE })
    const browser = test.newBrowser()
    await signInWith(browser, { password: SINGLE.password.reveal() })
    expect(await browser.call.auth.security()).toMatchObject({
      mode: 'password',
      user: 'owner',
      hasPassword: true,
      canChangePassword: false,
      secondFactorRequired: false,
      proofs: ['password'],
    })
    await expect(newRecord(browser)).rejects.toMatchObject({
      errorCode: 'conflict',
      message: expect.stringContaining('restart the daemon'),
    })
    expect(await codeOf(browser.call.auth.finishPasswordChange({ record: 'A'.repeat(256) }))).toBe('conflict')
  })

  it('belongs to a signed-in browser: the socket and mode off have none', async () => {
    await using test = await openTestApi({ auth: { mode: 'off' } })
    expect(await codeOf(test.local.auth.security())).toBe('conflict')
    expect(await codeOf(test.newBrowser().call.auth.security())).toBe('conflict')
    expect(await codeOf(test.newBrowser().call.auth.securityEvents())).toBe('conflict')
  })
})

it('nothing of it is changed without a proof of the last five minutes, nor by anything but the browser itself', async () => {
  await using test = await owned()
  const record = await newRecord(test.browser)
  test.clock.advance(10 * MINUTE)
  const { auth } = test.browser.call
  const changes = [
    () => auth.startPasswordChange({ request: 'A'.repeat(43) }),
    () => auth.finishPasswordChange({ record }),
    () => auth.startTotp(),
    () => auth.confirmTotp({ code: '000000' }),
    () => auth.removeTotp(),
    () => auth.renewRecoveryCodes(),
  ]
  for (const change of changes) expect(await codeOf(change())).toBe('step_up_required')
  expect(await codeOf(test.local.auth.renewRecoveryCodes())).toBe('conflict')
})

describe('changing the password', () => {
  it('signs out every other device at once and keeps this one, with a new token', async () => {
    await using test = await owned()
    const { browser } = test
    const others = [await secondBrowser(test), await secondBrowser(test)]
    const sockets = [...others, browser].map((one) => one.webSocket())
    const stopTracking = sockets.map((socket) => test.api.connectionOpened(socket))
    // Nobody else's.
    const stranger = test.browsers.viewer.webSocket()
    test.api.connectionOpened(stranger)
    await Promise.all(sockets.map((socket) => test.call(socket).session.list()))
    const token = browser.cookies.get('session')

    expect(await changePassword(browser)).toEqual({ revoked: 3 })
    expect(sockets.map(({ closed }) => closed[0]?.code)).toEqual([4401, 4401, undefined])
    expect(stranger.closed).toEqual([])
    for (const one of others) expect(await codeOf(one.call.session.list())).toBe('unauthenticated')
    expect(browser.cookies.get('session')).not.toBe(token)
    expect(await browser.call.auth.whoami()).toMatchObject({ kind: 'user', user: 'ada' })
    for (const stop of stopTracking) stop()
  })

  it('makes the old one worthless, also to somebody who has proved it and is asked for a code', async () => {
    await using test = await owned()
    const half = await halfSignedIn(test)
    await changePassword(test.browser)
    expect(await codeOf(half.call.auth.verifySecondFactor({ method: 'totp', code: test.owner.nextCode() }))).toBe(
      'sign_in_failed',
    )
    expect(await codeOf(signInWith(test.newBrowser(), { password: OWN_PASSWORD }))).toBe('sign_in_failed')
    expect(await signInWith(test.newBrowser(), { password: NEW_PASSWORD })).toEqual({ next: 'second_factor' })
  })

  it('is a row that names the user, and no part of the exchange is in the log', async () => {
    await using test = await owned()
    const record = await newRecord(test.browser)
    await test.browser.call.auth.finishPasswordChange({ record })
    const rows = await test.auditRows()
    expect(rows.at(-1)).toMatchObject({ event: 'password.changed', actor: 'user:ada', target: 'ada', outcome: 'ok' })
    expect(JSON.stringify(rows)).not.toContain(record.slice(0, 40))
  })

  it('with something that is no record changes nothing and signs nobody out', async () => {
    await using test = await owned()
    const another = await secondBrowser(test)
    expect(await codeOf(test.browser.call.auth.finishPasswordChange({ record: 'A'.repeat(256) }))).toBe('bad_request')
    expect(await another.call.auth.whoami()).toMatchObject({ kind: 'user' })
    expect(await signInWith(test.newBrowser(), { password: OWN_PASSWORD })).toEqual({ next: 'second_factor' })
  })
})

describe('the authenticator', () => {
  it('is replaced by another: the old one is nothing, the recovery codes stay', async () => {
    await using test = await owned()
    const { call } = test.browser
    const { secret, uri } = await call.auth.startTotp()
    expect(uri).toContain(secret)
    expect(await codeOf(call.auth.confirmTotp({ code: 'no code' }))).toBe('sign_in_failed')
    expect(await call.auth.confirmTotp({ code: appCode(secret, test.clock.now()) })).toEqual({ recoveryCodes: null })
    expect(await codeOf(call.auth.proveWithCode({ code: test.owner.nextCode() }))).toBe('sign_in_failed')
    expect(await codeOf(call.auth.proveWithCode({ code: appCode(secret, test.clock.now()) }))).toBe('ok')
    expect((await test.auditRows()).map(({ event, target }) => `${event} ${target}`)).toContain(
      'second_factor.enrolled ada',
    )
  })

  it('begun in one browser is not confirmed in another', async () => {
    await using test = await owned()
    const another = await secondBrowser(test)
    const { secret } = await test.browser.call.auth.startTotp()
    expect(await codeOf(another.call.auth.confirmTotp({ code: appCode(secret, test.clock.now()) }))).toBe('conflict')
  })

  it('stays where accounts need one, and goes where they do not', async () => {
    await using strict = await owned()
    expect(await codeOf(strict.browser.call.auth.removeTotp())).toBe('conflict')
    expect(await strict.browser.call.auth.security()).toMatchObject({ proofs: ['password', 'totp'] })

    await using test = await owned({ auth: { requireSecondFactor: false } })
    expect(await test.browser.call.auth.removeTotp()).toEqual({ ok: true })
    expect(await test.browser.call.auth.security()).toMatchObject({ secondFactor: null, recoveryCodesLeft: 0 })
    expect((await test.sealedSecrets.read()).totp).toEqual({})
    expect(await signInWith(test.newBrowser(), { password: OWN_PASSWORD })).toEqual({ next: 'signed_in' })
  })

  it('has recovery codes: a renewed set voids the old one, and without an authenticator there are none', async () => {
    await using test = await owned({ auth: { requireSecondFactor: false } })
    const { recoveryCodes } = await test.browser.call.auth.renewRecoveryCodes()
    const enter = async (code: string) => {
      const half = await halfSignedIn(test)
      return codeOf(half.call.auth.verifySecondFactor({ method: 'recovery_code', code }))
    }
    expect(await enter(test.owner.recoveryCodes[0] ?? '')).toBe('sign_in_failed')
    expect(await enter(recoveryCodes?.[0] ?? '')).toBe('ok')
    await test.browser.call.auth.removeTotp()
    expect(await codeOf(test.browser.call.auth.renewRecoveryCodes())).toBe('conflict')
    const rows = JSON.stringify(await test.auditRows())
    expect(rows).toContain('recovery_code.renewed')
    for (const code of recoveryCodes ?? []) expect(rows).not.toContain(code)
  })
})

describe('recent security events', () => {
  it('are the own ones and what strangers did to the account, newest first, and nobody else’s', async () => {
    await using test = await owned()
    const viewer = test.newBrowser()
    viewer.plant('session', test.browsers.viewer.token)
    await codeOf(viewer.call.auth.proveWithCode({ code: '000000' }))
    await guess(test.newBrowser({ address: '192.0.2.66' }), { user: 'ada' })
    await guess(test.newBrowser({ address: '192.0.2.67' }), { user: 'nobody' })
    const half = await halfSignedIn(test)
    await half.call.auth.verifySecondFactor({ method: 'totp', code: test.owner.nextCode() })
    await test.local.auth.unlock({ user: 'ada' })

    const { events } = await test.browser.call.auth.securityEvents()
    expect(events.slice(0, 3)).toMatchObject([
      { event: 'account.unlocked', target: 'ada' },
      { event: 'sign_in.succeeded', target: 'ada' },
      { event: 'sign_in.succeeded', target: 'ada (second_factor)' },
    ])
    expect(events.at(-1)).toMatchObject({ event: 'sign_in.succeeded' })
    expect(events.map(({ at }) => at)).toEqual(
      events
        .map(({ at }) => at)
        .toSorted()
        .toReversed(),
    )
    expect(JSON.stringify(events)).not.toContain('viewer')
    const theirs = await viewer.call.auth.securityEvents()
    expect(theirs.events).toMatchObject([{ target: 'viewer', outcome: 'refused' }])
  })

  it('have the failures of strangers with their address and how many there were', async () => {
    await using test = await owned()
    const stranger = test.newBrowser({ address: '192.0.2.66' })
    for (let n = 0; n < 3; n += 1) {
      expect(await codeOf(signInWith(stranger, { user: 'ada', password: 'a guess' }))).toBe('sign_in_failed')
      test.clock.advance(10 * SECOND)
    }
    // A row is written when its minute closes, or at the end.
    await test.api.close()
    const { events } = await test.browser.call.auth.securityEvents()
    const failures = events.filter(({ event }) => event === 'sign_in.failed')
    expect(failures).toMatchObject([{ address: '192.0.2.66', outcome: 'refused', count: 3 }])
  })

  it('are the last fifty', async () => {
    await using test = await owned()
    for (let n = 0; n < 60; n += 1) {
      await test.local.auth.unlock({ user: 'ada' })
      test.clock.advance(SECOND)
    }
    expect((await test.browser.call.auth.securityEvents()).events).toHaveLength(50)
  })
})
