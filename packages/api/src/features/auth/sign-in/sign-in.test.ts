import { readdirSync, readFileSync } from 'node:fs'
import { provePassword } from '@sallyport/testing/password-browser'
import { describe, expect, it } from 'vitest'
import { openTestApi, signInWith } from '../../../open-test-api.ts'
import {
  appCode,
  codeOf,
  events,
  guess,
  halfSignedIn,
  MINUTE,
  OWN_PASSWORD,
  openOwned,
  setUpOwner,
} from './sign-in-fixture.ts'

describe('signing in', () => {
  it('takes the password and a code, and only then is anything more than a sign-in', async () => {
    await using test = await openOwned()
    const browser = await halfSignedIn(test)
    expect([...browser.cookies.keys()]).toEqual(['sign_in'])
    expect(await codeOf(browser.call.session.list())).toBe('unauthenticated')
    expect(await browser.call.auth.whoami()).toEqual({ kind: 'anonymous', reason: 'none' })
    expect(await browser.call.auth.verifySecondFactor({ method: 'totp', code: test.owner.nextCode() })).toEqual({
      recoveryCodesLeft: null,
    })
    expect([...browser.cookies.keys()].sort()).toEqual(['device', 'session'])
    expect(await browser.call.auth.whoami()).toMatchObject({ kind: 'user', user: 'ada', role: 'owner' })
  })

  it('works with a recovery code once, and the audit log has it', async () => {
    await using test = await openOwned()
    const code = test.owner.recoveryCodes[0] ?? ''
    const [browser, another] = [await halfSignedIn(test), await halfSignedIn(test)]
    expect(await browser.call.auth.verifySecondFactor({ method: 'recovery_code', code })).toEqual({
      recoveryCodesLeft: 9,
    })
    expect(await codeOf(another.call.auth.verifySecondFactor({ method: 'recovery_code', code }))).toBe('sign_in_failed')
    const rows = await test.auditRows()
    expect(rows.map(({ event }) => event)).toContain('recovery_code.used')
    expect(JSON.stringify(rows)).not.toContain(code)
  })

  it('is a row of the audit log at each step, named by the user and by what was still missing', async () => {
    await using test = await openOwned()
    const before = (await test.auditRows()).length
    const browser = await halfSignedIn(test)
    await browser.call.auth.verifySecondFactor({ method: 'totp', code: test.owner.nextCode() })
    expect((await test.auditRows()).slice(before)).toMatchObject([
      { event: 'sign_in.succeeded', target: 'ada (second_factor)', outcome: 'ok' },
      { event: 'sign_in.succeeded', target: 'ada', outcome: 'ok' },
    ])
  })

  it('does not happen when the audit log cannot be written', async () => {
    await using test = await openOwned()
    const browser = await halfSignedIn(test)
    await test.database.execute('ALTER TABLE "AuditRow" RENAME TO "Away"')
    expect(await codeOf(browser.call.auth.verifySecondFactor({ method: 'totp', code: test.owner.nextCode() }))).toBe(
      'unavailable',
    )
    expect(browser.cookies.get('session')).toBeUndefined()
  })

  it('tells the page what to ask for, and nothing about any account', async () => {
    await using test = await openTestApi()
    const { call } = test.newBrowser()
    expect(await call.auth.signInOptions()).toMatchObject({ mode: 'accounts', isFirstRun: true, asksUserName: true })
    await setUpOwner(test)
    expect(await call.auth.signInOptions()).toMatchObject({ mode: 'accounts', isFirstRun: false, asksUserName: true })
  })
})

describe('every failure', () => {
  it('is the same answer: unknown name, wrong password, nothing started, wrong code, wrong proof', async () => {
    await using test = await openOwned()
    const half = await halfSignedIn(test)
    const answers = [
      () => signInWith(test.newBrowser(), { user: 'nobody', password: OWN_PASSWORD }),
      () => signInWith(test.newBrowser(), { user: 'ada', password: 'wrong' }),
      () => test.newBrowser().call.auth.finishSignIn({ finish: 'A'.repeat(86) }),
      () => test.newBrowser().call.auth.finishSignIn({ finish: 'A'.repeat(20) }),
      () => test.newBrowser().call.auth.verifySecondFactor({ method: 'totp', code: '000000' }),
      () => half.call.auth.verifySecondFactor({ method: 'totp', code: 'no code' }),
      () => half.call.auth.verifySecondFactor({ method: 'recovery_code', code: '' }),
    ]
    const seen = new Set<string>()
    for (const answer of answers) {
      const error: unknown = await answer().catch((caught: unknown) => caught)
      const { errorCode, message } = error as { errorCode: string; message: string }
      seen.add(`${errorCode} ${message}`)
    }
    expect([...seen]).toEqual(['sign_in_failed That did not work. Check what you typed and try again.'])
  })

  it('of a known and of an unknown name begins alike: same shape, same lengths', async () => {
    await using test = await openOwned()
    const known = await guess(test.newBrowser(), { user: 'ada' })
    const unknown = await guess(test.newBrowser(), { user: 'nobody' })
    expect(Object.keys(unknown ?? {})).toEqual(Object.keys(known ?? {}))
    expect(unknown?.subject).toMatch(/^[0-9a-z]{12}$/)
    expect(unknown?.response.length).toBe(known?.response.length)
    expect((await guess(test.newBrowser(), { user: 'nobody' }))?.subject).toBe(unknown?.subject)
  })

  it('without a name, where several have one, is about nobody: its subject does not tell which is the owner', async () => {
    await using test = await openOwned()
    const { call } = test.newBrowser()
    const { stretching, serverId } = await call.auth.signInOptions()
    const subjects: string[] = []
    for (const whom of [{}, { user: 'ada' }]) {
      const start = async (request: string) => {
        const answer = await call.auth.startSignIn({ ...whom, request })
        subjects.push(answer.subject)
        return answer
      }
      await provePassword({ password: 'a guess', stretching, serverId, start })
    }
    expect(new Set(subjects).size).toBe(2)
  })

  it('is recorded, also a guess that never sent its last message; a name is quoted only when somebody has it', async () => {
    await using test = await openOwned()
    const typedIntoTheWrongField = 'hunter2-hunter2'
    await guess(test.newBrowser({ address: '192.0.2.1' }), {})
    await guess(test.newBrowser({ address: '192.0.2.2' }), { user: typedIntoTheWrongField })
    await signInWith(test.newBrowser({ address: '192.0.2.3' }), { password: 'wrong' }).catch(() => undefined)
    test.clock.advance(MINUTE)
    await guess(test.newBrowser({ address: '192.0.2.4' }), {})
    for (let n = 0; n < 6; n += 1) await codeOf(guess(test.newBrowser({ address: `198.51.100.${n}` })))
    expect(await codeOf(guess(test.newBrowser({ address: '192.0.2.5' })))).toBe('too_many_requests')
    await test.api.close()
    const failed = (await test.auditRows()).filter(({ event }) => event === 'sign_in.failed')
    expect(failed.map(({ target, reason }) => ({ target, reason }))).toEqual(
      expect.arrayContaining([
        { target: 'ada', reason: 'abandoned' },
        { target: null, reason: 'abandoned' },
        { target: 'ada', reason: 'sign_in_failed' },
        { target: 'ada', reason: 'too_many_requests' },
      ]),
    )
    expect(JSON.stringify(await test.auditRows())).not.toContain('hunter2')
  })
})

describe('signing in again', () => {
  it('in the same browser replaces its auth session and closes its sockets', async () => {
    await using test = await openOwned()
    const { browser } = test.owner
    const old = browser.cookies.get('session') ?? ''
    const tab = browser.webSocket()
    test.api.connectionOpened(tab)
    await test.call(tab).session.list()
    await signInWith(browser, { password: OWN_PASSWORD })
    expect(tab.closed).toEqual([])
    await browser.call.auth.verifySecondFactor({ method: 'totp', code: test.owner.nextCode() })
    expect(tab.closed).toEqual([{ code: 4401, reason: 'replaced' }])
    const thief = test.newBrowser()
    thief.plant('session', old)
    expect(await codeOf(thief.call.session.list())).toBe('unauthenticated')
    expect(await codeOf(browser.call.session.list())).toBe('ok')
  })

  it('in another browser leaves this one alone', async () => {
    await using test = await openOwned()
    const other = await halfSignedIn(test)
    await other.call.auth.verifySecondFactor({ method: 'totp', code: test.owner.nextCode() })
    expect(await codeOf(test.owner.browser.call.session.list())).toBe('ok')
  })
})

describe('where no second factor is required', () => {
  it('the password alone signs in, until one is set up', async () => {
    await using test = await openTestApi({ auth: { requireSecondFactor: false } })
    await test.local.auth.resetPassword({ user: 'ada', password: OWN_PASSWORD })
    const browser = test.newBrowser()
    expect(await signInWith(browser, { password: OWN_PASSWORD })).toEqual({ next: 'signed_in' })
    const { secret } = await browser.call.auth.startTotp()
    await browser.call.auth.confirmTotp({ code: appCode(secret, test.clock.now()) })
    expect(await signInWith(test.newBrowser(), { password: OWN_PASSWORD })).toEqual({ next: 'second_factor' })
    expect(await events(test)).toContain('sign_in.succeeded ok')
  })
})

describe('nothing secret', () => {
  it('of a whole first run and sign-in is in the database or its write-ahead log', async () => {
    await using test = await openTestApi()
    const { password: setup } = await test.local.auth.revealPassword()
    const owner = await setUpOwner(test)
    const disk = readdirSync(test.dataDir)
      .map((name) => readFileSync(`${test.dataDir}/${name}`, 'latin1'))
      .join('')
    const secrets = [setup, OWN_PASSWORD, owner.secret, ...owner.recoveryCodes, ...owner.browser.cookies.values()]
    for (const secret of secrets) expect(disk.includes(secret), secret).toBe(false)
    expect(disk).toContain('ada')
  })
})
