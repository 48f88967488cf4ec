import { describe, expect, it } from 'vitest'
import { openTestApi } from '../../../open-test-api.ts'
import { codeOf, events, halfSignedIn, MINUTE, openOwned } from '../sign-in/sign-in-fixture.ts'

describe('the list of devices', () => {
  it('shows a browser those of its own user only, and the socket all', async () => {
    await using test = await openTestApi()
    expect((await test.call(test.browsers.viewer.request()).auth.listSessions()).authSessions).toMatchObject([
      { user: 'viewer', current: true },
    ])
    const all = (await test.local.auth.listSessions()).authSessions
    expect(all.map(({ user }) => user).sort()).toEqual(['ada', 'operator', 'viewer'])
    expect(all.some(({ current }) => current)).toBe(false)
  })

  it('knows the last use to the minute, without a write per call', async () => {
    await using test = await openTestApi()
    const connection = test.browsers.owner.webSocket()
    const stored = async () =>
      (
        await test.database.prisma.authSession.findFirstOrThrow({ where: { user: { role: 'owner' } } })
      ).lastUsedAt.getTime()
    const before = test.clock.now()
    test.clock.advance(MINUTE - 1)
    await test.call(connection).session.list()
    expect(await stored()).toBe(before)
    test.clock.advance(1)
    await test.call(connection).session.list()
    expect(await stored()).toBe(before + MINUTE)
  })
})

describe('ending a device', () => {
  it('from a browser works for those of its own user, and needs a fresh proof', async () => {
    await using test = await openTestApi()
    const [mine, other] = [await test.signIn(), await test.signIn()]
    const call = test.call(mine.request())
    const { authSessions } = await call.auth.listSessions()
    const ids = authSessions.filter(({ current }) => !current).map(({ id }) => id)
    const viewers = (await test.call(test.browsers.viewer.request()).auth.listSessions()).authSessions[0]?.id ?? ''
    expect(await codeOf(call.auth.revokeSession({ id: viewers }))).toBe('not_found')
    for (const id of ids) await call.auth.revokeSession({ id })
    expect(await codeOf(test.call(other.request()).session.list())).toBe('unauthenticated')
    expect(await codeOf(call.session.list())).toBe('ok')
    test.clock.advance(5 * MINUTE)
    expect(await codeOf(call.auth.revokeSession({ id: ids[0] ?? '' }))).toBe('step_up_required')
  })

  it('on the socket works for everybody, by the first four characters of an id that means one', async () => {
    await using test = await openTestApi()
    await expect(test.local.auth.revokeSession({ id: 'abc' })).rejects.toMatchObject({ code: 'BAD_REQUEST' })
    expect(await codeOf(test.local.auth.revokeSession({ id: 'zzzz' }))).toBe('not_found')
    const { id } = (await test.local.auth.listSessions()).authSessions[0] ?? { id: '' }
    expect(await test.local.auth.revokeSession({ id: id.slice(0, 6) })).toEqual({ id })
    expect((await test.local.auth.listSessions()).authSessions).toHaveLength(2)
  })

  it('all others leaves the one that asks, and those of other users', async () => {
    await using test = await openTestApi()
    const [mine, other] = [await test.signIn(), await test.signIn()]
    const tabs = [mine.webSocket(), other.webSocket(), test.browsers.operator.webSocket()]
    for (const tab of tabs) {
      test.api.connectionOpened(tab)
      await test.call(tab).session.list()
    }
    expect(await test.call(mine.request()).auth.revokeOthers()).toEqual({ revoked: 2 })
    expect(tabs.map(({ closed }) => closed.map(({ code }) => code))).toEqual([[], [4401], []])
    expect((await test.auditRows()).at(-1)).toMatchObject({
      event: 'auth_session.all_revoked',
      target: 'ada',
      count: 2,
      actor: 'user:ada',
    })
    // The socket has no device of its own that could be the one to keep.
    expect(await codeOf(test.local.auth.revokeOthers())).toBe('conflict')
  })

  it('all at once leaves nobody signed in and says how many there were', async () => {
    await using test = await openTestApi()
    const connection = test.browsers.owner.webSocket()
    test.api.connectionOpened(connection)
    await test.call(connection).session.list()
    expect(await test.local.auth.revokeAll()).toEqual({ revoked: 3 })
    expect(connection.closed).toMatchObject([{ code: 4401 }])
    expect((await test.local.auth.listSessions()).authSessions).toEqual([])
    expect(await test.auditRows()).toMatchObject([{ event: 'auth_session.all_revoked', count: 3, actor: 'local:ada' }])
  })

  it('all at once or all others ends sign-ins under way as well', async () => {
    await using test = await openOwned()
    const { owner } = test
    await owner.browser.call.auth.proveWithCode({ code: owner.nextCode() })
    for (const end of [() => owner.browser.call.auth.revokeOthers(), () => test.local.auth.revokeAll()]) {
      const half = await halfSignedIn(test)
      await end()
      const code = owner.nextCode()
      expect(await codeOf(half.call.auth.verifySecondFactor({ method: 'totp', code }))).toBe('sign_in_failed')
    }
  })

  it('by signing out ends all tabs of this browser and takes its cookie', async () => {
    await using test = await openTestApi()
    const browser = test.newBrowser()
    browser.plant('session', test.browsers.owner.token)
    const tab = browser.webSocket()
    test.api.connectionOpened(tab)
    await test.call(tab).session.list()
    await browser.call.auth.signOut()
    expect(tab.closed).toEqual([{ code: 4401, reason: 'signed_out' }])
    expect(browser.cookies.has('session')).toBe(false)
    expect(await events(test)).toEqual(['auth_session.ended ok'])
  })
})
