import { randomBytes } from 'node:crypto'
import { EventEmitter, once } from 'node:events'
import { Secret } from '@sallyport/crypto/secret'
import { newToken } from '@sallyport/crypto/tokens'
import { describe, expect, it, vi } from 'vitest'
import type { Actor } from '../../../access/actor.ts'
import type { AuthConfig } from '../../../api-dependencies.ts'
import { makeConnection, openTestApi, signInWith, type TestApi } from '../../../open-test-api.ts'
import { codeOf, DAY, events, MINUTE } from '../sign-in/sign-in-fixture.ts'

const list = (test: TestApi, cookieToken: string) =>
  codeOf(test.call(makeConnection({ transport: 'http', cookieToken })).session.list())

const signInByTicket = async (test: TestApi, cookieToken?: string) => {
  const { url } = await test.local.auth.createTicket({})
  const request = makeConnection({ transport: 'http', cookieToken })
  await test.call(request).auth.redeemTicket({ ticket: url.split('#')[1] ?? '' })
  return request
}

describe('a cookie', () => {
  it('that somebody planted never becomes valid, not even when its browser signs in', async () => {
    await using test = await openTestApi()
    const planted = newToken(randomBytes)
    const request = await signInByTicket(test, planted)
    expect(request.cookiesSet[0]).not.toBe(planted)
    expect(await list(test, planted)).toBe('unauthenticated')
  })

  it('stays in the browser for as long as the daemon can say of it that it expired', async () => {
    await using test = await openTestApi()
    expect((await signInByTicket(test)).cookieAgesSeconds).toEqual([((7 + 30) * DAY) / 1000])
  })

  it('is new at every sign-in', async () => {
    await using test = await openTestApi()
    expect((await test.signIn()).token).not.toBe((await test.signIn()).token)
  })

  it('that is not a token, expired or revoked gives the right 401', async () => {
    await using test = await openTestApi()
    const { owner } = test.browsers
    expect(await list(test, 'x'.repeat(10_000))).toBe('unauthenticated')
    expect(await list(test, owner.token)).toBe('ok')

    const gone = await test.signIn()
    await test.call(gone.request()).auth.signOut()
    expect(await list(test, gone.token)).toBe('unauthenticated')

    test.clock.advance(7 * DAY)
    expect(await list(test, owner.token)).toBe('session_expired')
    // And whoami, which a page asks first, still answers.
    expect(await test.call(owner.request()).auth.whoami()).toEqual({ kind: 'anonymous', reason: 'expired' })
    expect(await test.call(gone.request()).auth.whoami()).toEqual({ kind: 'anonymous', reason: 'none' })
  })

  it('survives a restart, and a token that expired is still known as expired; without the install key neither is anything', async () => {
    await using first = await openTestApi()
    const { dataDir, installKey } = first
    const { token } = first.browsers.owner
    {
      await using second = await openTestApi({ dataDir, installKey })
      expect(await list(second, token)).toBe('ok')
      second.clock.advance(8 * DAY)
      expect(await list(second, token)).toBe('session_expired')
    }
    {
      await using third = await openTestApi({ dataDir, installKey })
      expect(await list(third, token)).toBe('session_expired')
    }
    await using stolen = await openTestApi({ dataDir })
    expect(await list(stolen, first.browsers.viewer.token)).toBe('unauthenticated')
  })

  it('that expired is told apart from a dead one for 30 days, and then forgotten', async () => {
    await using first = await openTestApi()
    const { dataDir, installKey } = first
    const { token } = first.browsers.owner
    first.clock.advance(7 * DAY)
    expect(await list(first, token)).toBe('session_expired')
    const restartedAfter = async (days: number) => {
      const now = first.clock.now() + days * DAY
      await using test = await openTestApi({ dataDir, installKey, clock: { now: () => now } })
      return await list(test, token)
    }
    expect(await restartedAfter(30)).toBe('session_expired')
    expect(await restartedAfter(31)).toBe('unauthenticated')
  })

  it('idle for longer than the timeout is expired, used within it is not', async () => {
    await using test = await openTestApi({ config: { authIdleTimeoutMs: 30 * MINUTE } })
    for (let n = 0; n < 3; n += 1) {
      test.clock.advance(20 * MINUTE)
      expect(await list(test, test.browsers.owner.token)).toBe('ok')
    }
    expect(await list(test, test.browsers.viewer.token)).toBe('session_expired')
  })

  it('means nothing on the Unix socket, and being local means nothing over HTTP', async () => {
    await using test = await openTestApi()
    const socket = makeConnection({ transport: 'unix', cookieToken: 'nonsense' })
    expect(await test.call(socket).auth.whoami()).toEqual({ kind: 'local', user: 'ada' })
    expect(await test.call(makeConnection({ transport: 'http', peerPid: process.pid })).auth.whoami()).toEqual({
      kind: 'anonymous',
      reason: 'none',
    })
  })
})

describe('a revoked auth session', () => {
  it('loses its open sockets at once with 4401, on every tab, and its next call', async () => {
    await using test = await openTestApi()
    const browser = await test.signIn()
    const tabs = [browser.webSocket(), browser.webSocket()]
    const other = test.browsers.operator.webSocket()
    for (const connection of [...tabs, other]) {
      test.api.connectionOpened(connection)
      await test.call(connection).session.list()
    }
    const { authSessions } = await test.call(browser.request()).auth.listSessions()
    const current = authSessions.find((one) => one.current)
    expect(current).toMatchObject({ user: 'ada', device: 'Chrome on Linux', address: '127.0.0.1' })

    const listening = test.call(tabs[0] ?? other)
    await test.local.auth.revokeSession({ id: current?.id.slice(0, 6) ?? '' })
    expect(tabs.map(({ closed }) => closed.map(({ code }) => code))).toEqual([[4401], [4401]])
    expect(other.closed).toEqual([])
    expect(await codeOf(listening.session.list())).toBe('unauthenticated')
  })

  it('stays revoked after a restart', async () => {
    await using first = await openTestApi()
    await first.local.auth.revokeAll()
    await using second = await openTestApi({ dataDir: first.dataDir, installKey: first.installKey })
    expect(await codeOf(second.call(first.browsers.owner.request()).session.list())).toBe('unauthenticated')
  })

  it('between the upgrade of a WebSocket and its opening is noticed', async () => {
    await using test = await openTestApi()
    const emitter = new EventEmitter()
    const connection = makeConnection({
      transport: 'websocket',
      cookieToken: test.browsers.owner.token,
      close: (code) => void emitter.emit('close', code),
    })
    expect(((await test.api.authenticate(connection)) satisfies Actor).kind).toBe('user')
    await test.local.auth.revokeAll()
    const closed = once(emitter, 'close')
    test.api.connectionOpened(connection)
    expect(await closed).toEqual([4401])
  })
})

describe('a fixed expiry', () => {
  it('does not slide: a browser that is used every day is signed out on the seventh', async () => {
    await using test = await openTestApi()
    const browser = await test.signIn()
    for (let day = 1; day < 7; day += 1) {
      test.clock.advance(DAY)
      expect(await codeOf(test.call(browser.request()).session.list()), `day ${day}`).toBe('ok')
    }
    test.clock.advance(DAY - 1)
    expect(await codeOf(test.call(browser.request()).session.list())).toBe('ok')
    test.clock.advance(1)
    expect(await codeOf(test.call(browser.request()).session.list())).toBe('session_expired')
  })

  it('closes open sockets on time without a call, and is a row of the audit log', async () => {
    await using test = await openTestApi({ clock: { now: Date.now }, config: { authSessionDurationMs: 400 } })
    const browser = await test.signIn()
    const emitter = new EventEmitter()
    const connection = { ...browser.webSocket(), close: (code: number) => void emitter.emit('close', code) }
    test.api.connectionOpened(connection)
    expect(await once(emitter, 'close')).toEqual([4401])
    expect(await codeOf(test.call(browser.request()).session.list())).toBe('session_expired')
    await vi.waitFor(async () => expect(await events(test)).toContain('auth_session.expired ok'))
  })
})

describe('an auth session and the mode that it was opened in', () => {
  const password = (text: string, installId = 'here'): Partial<AuthConfig> => ({
    mode: 'password',
    password: new Secret(text),
    installIdentity: { installId },
  })
  const endings = async ({ database }: TestApi, userId: string) =>
    (await database.prisma.authSession.findMany({ where: { userId }, select: { endReason: true } })).map(
      ({ endReason }) => endReason,
    )

  it('mode password: survives a restart with the same password on the same install, and no other', async () => {
    await using first = await openTestApi({ auth: password('one password') })
    const browser = first.newBrowser()
    expect(await signInWith(browser, { password: 'one password' })).toEqual({ next: 'signed_in' })
    expect(await browser.call.auth.whoami()).toMatchObject({ kind: 'user', user: 'owner', role: 'owner' })
    const token = browser.cookies.get('session') ?? ''
    const { dataDir, installKey } = first
    const restarted = async (auth: Partial<AuthConfig>) => {
      await using test = await openTestApi({ dataDir, installKey, auth })
      return await list(test, token)
    }
    expect(await restarted(password('one password'))).toBe('ok')
    expect(await restarted(password('another password'))).toBe('unauthenticated')
    expect(await restarted(password('one password', 'elsewhere'))).toBe('unauthenticated')
    // Whoever comes back with the right password finds the sign-in alive: nothing on disk could tell that the password was another one.
    expect(await restarted(password('one password'))).toBe('ok')
  })

  it('mode ephemeral: a restart signs everybody out', async () => {
    await using first = await openTestApi({ auth: { mode: 'ephemeral' } })
    const { password: shown } = await first.local.auth.revealPassword()
    const browser = first.newBrowser()
    expect(await signInWith(browser, { password: shown })).toEqual({ next: 'signed_in' })
    const { dataDir, installKey } = first
    await using second = await openTestApi({ dataDir, installKey, auth: { mode: 'ephemeral' } })
    expect(await list(second, browser.cookies.get('session') ?? '')).toBe('unauthenticated')
    const owner = await second.database.prisma.user.findFirstOrThrow({ where: { realm: 'single' } })
    expect(await endings(second, owner.id)).toEqual(['restarted'])
  })

  it('ends when the daemon starts in another one, also off, and does not come back', async () => {
    await using first = await openTestApi()
    const { dataDir, installKey } = first
    const { token } = first.browsers.owner
    expect(await list(first, token)).toBe('ok')
    for (const auth of [password('one password'), { mode: 'ephemeral' as const }, { mode: 'off' as const }]) {
      await using test = await openTestApi({ dataDir, installKey, auth })
      const browser = test.newBrowser()
      browser.plant('session', token)
      expect((await browser.call.auth.whoami()).kind).toBe(auth.mode === 'off' ? 'open' : 'anonymous')
      expect((await test.local.auth.listSessions()).authSessions).toEqual([])
    }
    await using back = await openTestApi({ dataDir, installKey })
    expect(await list(back, token)).toBe('unauthenticated')
    expect(await endings(back, 'user-owner')).toContain('mode_changed')
  })
})
