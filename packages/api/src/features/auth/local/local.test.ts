import { Secret } from '@sallyport/crypto/secret'
import { describe, expect, it } from 'vitest'
import {
  type CookieBrowser,
  openTestApi,
  signInWith,
  type TestApi,
  type TestApiOptions,
} from '../../../open-test-api.ts'
import {
  codeOf,
  DAY,
  guess,
  halfSignedIn,
  MINUTE,
  OWN_PASSWORD,
  type Owner,
  onboardingBrowser,
  setUpOwner,
} from '../sign-in/sign-in-fixture.ts'

type Owned = TestApi & { readonly owner: Owner; readonly browser: CookieBrowser }

const owned = async (options: TestApiOptions = {}): Promise<Owned> => {
  const test = await openTestApi(options)
  const owner = await setUpOwner(test)
  test.clock.advance(MINUTE)
  return Object.assign(test, { owner, browser: owner.browser })
}

const SINGLE = { mode: 'password', password: new Secret('chosen where it is started') } as const
const messageOf = async (call: Promise<unknown>): Promise<string> => {
  const error: unknown = await call.then(
    () => undefined,
    (caught: unknown) => caught,
  )
  return error instanceof Error ? error.message : 'no error'
}

describe('the password that the daemon made up', () => {
  it('of a first run is shown until an own one is set, and each time is a row of the audit log', async () => {
    await using test = await openTestApi()
    const { password, kind, expiresAt } = await test.local.auth.revealPassword()
    expect(password).toMatch(/^[A-Za-z0-9]{24}$/)
    expect([kind, expiresAt]).toEqual(['bootstrap', new Date(test.clock.now() + DAY).toISOString()])
    expect(await test.local.auth.revealPassword()).toMatchObject({ password })
    const rows = await test.auditRows()
    expect(rows.map(({ event, target }) => `${event} ${target}`)).toEqual(
      Array.from({ length: 2 }, () => 'password.revealed bootstrap'),
    )
    expect(JSON.stringify(rows)).not.toContain(password)
    await setUpOwner(test)
    expect(await codeOf(test.local.auth.revealPassword())).toBe('not_found')
    expect(await messageOf(test.local.auth.revealPassword())).toContain('auth reset-password')
  })

  it('does not leave the daemon when the audit log cannot be written', async () => {
    await using test = await openTestApi()
    await test.database.execute('ALTER TABLE "AuditRow" RENAME TO "Away"')
    expect(await codeOf(test.local.auth.revealPassword())).toBe('unavailable')
  })

  it('in mode ephemeral is shown as often as asked', async () => {
    await using test = await openTestApi({ auth: { mode: 'ephemeral' } })
    const { password, kind, expiresAt } = await test.local.auth.revealPassword()
    expect([kind, expiresAt]).toEqual(['ephemeral', null])
    await signInWith(test.newBrowser(), { password })
    expect(await test.local.auth.revealPassword()).toMatchObject({ password })
  })

  it('does not exist in mode password and with sign-in off, and the sentence says why', async () => {
    for (const [auth, sentence] of [
      [SINGLE, 'started with'],
      [{ mode: 'off' }, 'sign-in is off'],
    ] as const) {
      await using test = await openTestApi({ auth })
      expect(await codeOf(test.local.auth.revealPassword())).toBe('not_found')
      expect(await messageOf(test.local.auth.revealPassword())).toContain(sentence)
    }
  })
})

it('not even an owner who has just signed in may do any of this over the network', async () => {
  await using test = await owned()
  const { auth } = test.browser.call
  const calls = [
    () => auth.revealPassword(),
    () => auth.status(),
    () => auth.resetPassword({ user: 'ada' }),
    () => auth.resetSecondFactor({ user: 'ada' }),
    () => auth.unlock({ user: 'ada' }),
  ]
  for (const call of calls) expect(await codeOf(call())).toBe('socket_only')
})

it('whom it is about: the only user, else the named one, else it asks which', async () => {
  await using single = await openTestApi({ auth: SINGLE })
  expect(await single.local.auth.resetSecondFactor({})).toEqual({ user: 'owner', revoked: 0 })
  await using test = await owned()
  expect(await codeOf(test.local.auth.resetPassword({}))).toBe('bad_request')
  expect(await messageOf(test.local.auth.resetSecondFactor({}))).toContain('--user')
  expect(await codeOf(test.local.auth.resetPassword({ user: 'nobody' }))).toBe('not_found')
  expect(await codeOf(test.local.auth.unlock({ user: 'nobody' }))).toBe('not_found')
})

it('status says how everybody is protected, and who is being guessed at', async () => {
  await using test = await owned()
  await guess(test.newBrowser(), { user: 'ada' })
  const { users, ...rest } = await test.local.auth.status()
  expect(rest).toEqual({ mode: 'accounts', secondFactorRequired: true })
  expect(users).toHaveLength(3)
  expect(users.find(({ name }) => name === 'ada')).toEqual({
    name: 'ada',
    role: 'owner',
    hasPassword: true,
    hasSecondFactor: true,
    recoveryCodesLeft: 10,
    failedSignIns: 1,
    closedUntil: null,
    signedInDevices: 2,
  })
  expect(users.find(({ name }) => name === 'viewer')).toMatchObject({ hasPassword: false, signedInDevices: 1 })
})

describe('a password reset', () => {
  it('lets the owner in with the new password and the same authenticator, and signs out every device', async () => {
    await using test = await owned()
    const socket = test.browser.webSocket()
    test.api.connectionOpened(socket)
    await test.call(socket).session.list()
    const half = await halfSignedIn(test)
    expect(await test.local.auth.resetPassword({ user: 'ada', password: 'remembered this time' })).toEqual({
      user: 'ada',
      password: null,
      revoked: 2,
    })
    expect(socket.closed).toMatchObject([{ code: 4401 }])
    expect(await codeOf(test.browser.call.session.list())).toBe('unauthenticated')
    // Whoever proved the old one and is asked for a code proved nothing.
    const code = test.owner.nextCode()
    expect(await codeOf(half.call.auth.verifySecondFactor({ method: 'totp', code }))).toBe('sign_in_failed')
    expect(await codeOf(signInWith(test.newBrowser(), { password: OWN_PASSWORD }))).toBe('sign_in_failed')
    const back = test.newBrowser()
    expect(await signInWith(back, { password: 'remembered this time' })).toEqual({ next: 'second_factor' })
    await back.call.auth.verifySecondFactor({ method: 'totp', code: test.owner.nextCode() })
    expect(await back.call.auth.whoami()).toMatchObject({ kind: 'user', user: 'ada' })
    // Nobody else is touched.
    expect(await codeOf(test.call(test.browsers.viewer.request()).session.list())).toBe('ok')
  })

  it('makes a password up on request, shows it once, and no row has it', async () => {
    await using test = await owned()
    const { password } = await test.local.auth.resetPassword({ user: 'ada' })
    expect(password).toMatch(/^[A-Za-z0-9]{24}$/)
    expect(await signInWith(test.newBrowser(), { password: password ?? '' })).toEqual({ next: 'second_factor' })
    const rows = await test.auditRows()
    expect(rows.some(({ event, target }) => event === 'password.reset' && target === 'ada')).toBe(true)
    expect(JSON.stringify(rows)).not.toContain(password)
  })

  it('refuses what is too short, too common or the user name, and then changes nothing', async () => {
    await using test = await owned({ auth: { requireSecondFactor: false } })
    for (const password of ['7 chars', 'ada', 'sallyportpassword', 'x'.repeat(1025)]) {
      expect(await codeOf(test.local.auth.resetPassword({ user: 'viewer', password }))).toBe('bad_request')
    }
    expect(await codeOf(test.local.auth.resetPassword({ user: 'viewer', password: 'fourteen chars' }))).toBe(
      'bad_request',
    )
    expect(await codeOf(test.local.auth.resetPassword({ user: 'viewer', password: 'fifteen of them' }))).toBe('ok')
    expect(await codeOf(test.local.auth.resetPassword({ user: 'ada', password: '7 chars' }))).toBe('bad_request')
    expect(await test.browser.call.auth.whoami()).toMatchObject({ kind: 'user' })
  })

  it('forgets what strangers guessed, and opens an account that they closed', async () => {
    await using test = await owned()
    const closedUntil = new Date(test.clock.now() + DAY)
    await test.database.prisma.user.updateMany({ where: { name: 'ada' }, data: { failedSignIns: 100, closedUntil } })
    expect(await codeOf(signInWith(test.newBrowser(), { password: OWN_PASSWORD }))).toBe('too_many_requests')
    await test.local.auth.resetPassword({ user: 'ada', password: 'remembered this time' })
    expect(await signInWith(test.newBrowser(), { password: 'remembered this time' })).toEqual({ next: 'second_factor' })
  })

  it('is refused where the password is chosen at the start, with a sentence that fits', async () => {
    await using single = await openTestApi({ auth: SINGLE })
    expect(await codeOf(single.local.auth.resetPassword({ password: 'a long new password' }))).toBe('conflict')
    expect(await messageOf(single.local.auth.resetPassword({}))).toContain('where it is started')
    await using ephemeral = await openTestApi({ auth: { mode: 'ephemeral' } })
    expect(await messageOf(ephemeral.local.auth.resetPassword({}))).toContain('sallyport password')
  })
})

describe('a reset of the second factor', () => {
  it('asks for a new one at the next sign-in, and signs out every device', async () => {
    await using test = await owned()
    const half = await halfSignedIn(test)
    expect(await test.local.auth.resetSecondFactor({ user: 'ada' })).toEqual({ user: 'ada', revoked: 2 })
    expect(await codeOf(test.browser.call.session.list())).toBe('unauthenticated')
    const [recoveryCode = ''] = test.owner.recoveryCodes
    expect(await codeOf(half.call.auth.verifySecondFactor({ method: 'recovery_code', code: recoveryCode }))).toBe(
      'sign_in_failed',
    )
    expect((await test.sealedSecrets.read()).totp).toEqual({})
    expect(await signInWith(test.newBrowser(), { password: OWN_PASSWORD })).toEqual({ next: 'enrolment' })
    expect((await test.auditRows()).at(-2)).toMatchObject({
      event: 'second_factor.reset',
      target: 'ada',
      actor: 'local:ada',
    })
  })

  it('does no harm to somebody who has none, and ends a setup that is under way', async () => {
    await using test = await openTestApi()
    const setup = await onboardingBrowser(test)
    expect(await test.local.auth.resetSecondFactor({ user: 'ada' })).toEqual({ user: 'ada', revoked: 1 })
    expect(await setup.call.auth.whoami()).toMatchObject({ kind: 'anonymous' })
  })
})

describe('unlocking', () => {
  it('opens a closed account for strangers at once, with a fresh count', async () => {
    await using test = await owned()
    const closedUntil = new Date(test.clock.now() + DAY)
    await test.database.prisma.user.updateMany({ where: { name: 'ada' }, data: { failedSignIns: 100, closedUntil } })
    const stranger = () => signInWith(test.newBrowser(), { password: OWN_PASSWORD })
    await expect(stranger()).rejects.toMatchObject({ errorCode: 'too_many_requests', retryAfterSeconds: 24 * 3600 })
    // The device of the owner never was locked out.
    expect(await signInWith(test.browser, { password: OWN_PASSWORD })).toEqual({ next: 'second_factor' })
    expect(await test.local.auth.unlock({ user: 'ada' })).toEqual({ unlocked: ['ada'] })
    expect(await test.local.auth.status()).toMatchObject({
      users: expect.arrayContaining([expect.objectContaining({ name: 'ada', failedSignIns: 0, closedUntil: null })]),
    })
    expect(await stranger()).toEqual({ next: 'second_factor' })
  })

  it('without a name unlocks everybody who was guessed at, and says whom', async () => {
    await using test = await owned()
    expect(await test.local.auth.unlock({})).toEqual({ unlocked: [] })
    await test.database.prisma.user.updateMany({
      where: { name: { in: ['viewer', 'ada'] } },
      data: { failedSignIns: 7 },
    })
    expect((await test.local.auth.unlock({})).unlocked.toSorted()).toEqual(['ada', 'viewer'])
    expect(await test.local.auth.unlock({})).toEqual({ unlocked: [] })
  })
})
