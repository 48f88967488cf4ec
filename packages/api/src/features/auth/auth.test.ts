import { randomBytes } from 'node:crypto'
import { EventEmitter, once } from 'node:events'
import { newToken } from '@sallyport/crypto/tokens'
import { describe, expect, it, vi } from 'vitest'
import type { Actor } from '../../access/actor.ts'
import { AppError } from '../../errors.ts'
import { makeConnection, openTestApi, type TestApi } from '../../open-test-api.ts'

const MINUTE = 60_000
const DAY = 24 * 60 * MINUTE

const codeOf = async (call: Promise<unknown>): Promise<string> => {
  try {
    await call
    return 'ok'
  } catch (error) {
    if (error instanceof AppError) return error.errorCode
    throw error
  }
}
const mint = async (test: TestApi): Promise<string> => (await test.local.auth.createTicket({})).url.split('#')[1] ?? ''
const events = async (test: TestApi) => (await test.auditRows()).map(({ event, outcome }) => `${event} ${outcome}`)

describe('a launch ticket', () => {
  it('signs a browser in once and sends it to a page of ours', async () => {
    await using test = await openTestApi()
    const { url, expiresAt } = await test.local.auth.createTicket({ redirectTo: '/sessions/abc' })
    expect(url).toMatch(/^http:\/\/localhost:8447\/launch#[A-Za-z0-9_-]{43}$/)
    expect(Date.parse(expiresAt) - test.clock.now()).toBe(MINUTE)
    const ticket = url.split('#')[1] ?? ''

    const request = makeConnection({ transport: 'http' })
    expect(await test.call(request).auth.redeemTicket({ ticket })).toEqual({ redirectTo: '/sessions/abc' })
    const cookieToken = request.cookies[0] ?? ''
    expect(await test.call(makeConnection({ transport: 'http', cookieToken })).auth.whoami()).toMatchObject({
      kind: 'user',
      user: 'ada',
      role: 'owner',
    })

    const again = makeConnection({ transport: 'http' })
    expect(await codeOf(test.call(again).auth.redeemTicket({ ticket }))).toBe('unauthenticated')
    expect(again.cookies).toEqual([])
    expect(await events(test)).toEqual(['ticket.created ok', 'ticket.redeemed ok'])
    expect(JSON.stringify(await test.auditRows())).not.toContain(ticket)
  })

  it('used twice at the same moment signs one in', async () => {
    await using test = await openTestApi()
    const ticket = await mint(test)
    const requests = Array.from({ length: 8 }, () => makeConnection({ transport: 'http' }))
    const codes = await Promise.all(requests.map((request) => codeOf(test.call(request).auth.redeemTicket({ ticket }))))
    expect(codes.filter((code) => code === 'ok')).toHaveLength(1)
    expect(requests.flatMap(({ cookies }) => cookies)).toHaveLength(1)
  })

  it('is dead after a minute', async () => {
    await using test = await openTestApi()
    const ticket = await mint(test)
    test.clock.advance(MINUTE)
    expect(await codeOf(test.call(makeConnection({ transport: 'http' })).auth.redeemTicket({ ticket }))).toBe(
      'unauthenticated',
    )
  })

  it('is refused through a proxy, and used up by it', async () => {
    await using test = await openTestApi()
    const ticket = await mint(test)
    const proxied = makeConnection({ transport: 'http', directLoopback: false })
    expect(await codeOf(test.call(proxied).auth.redeemTicket({ ticket }))).toBe('forbidden')
    expect(proxied.cookies).toEqual([])
    expect(await codeOf(test.call(makeConnection({ transport: 'http' })).auth.redeemTicket({ ticket }))).toBe(
      'unauthenticated',
    )
  })

  it('redirects to nowhere but this daemon', async () => {
    await using test = await openTestApi()
    for (const redirectTo of [
      '//evil.example',
      'https://evil.example',
      '/\\evil.example',
      '/a\nb',
      'javascript:alert(1)',
    ]) {
      await expect(test.local.auth.createTicket({ redirectTo }), redirectTo).rejects.toMatchObject({
        code: 'BAD_REQUEST',
      })
    }
  })

  it('cannot be guessed: the eleventh wrong one in ten minutes waits, a right one costs nothing', async () => {
    await using test = await openTestApi()
    const redeem = (ticket: string) =>
      codeOf(test.call(makeConnection({ transport: 'http' })).auth.redeemTicket({ ticket }))
    for (let n = 0; n < 5; n += 1) expect(await redeem(await mint(test))).toBe('ok')
    const wrong = await Promise.all(Array.from({ length: 11 }, () => redeem(newToken(randomBytes))))
    expect(wrong.filter((code) => code === 'unauthenticated')).toHaveLength(10)
    expect(wrong.filter((code) => code === 'too_many_requests')).toHaveLength(1)
    test.clock.advance(MINUTE)
    expect(await redeem(await mint(test))).toBe('ok')
  })

  it('does not exist when the audit log cannot be written', async () => {
    await using test = await openTestApi()
    await test.database.execute('ALTER TABLE "AuditRow" RENAME TO "Away"')
    expect(await codeOf(test.local.auth.createTicket({}))).toBe('unavailable')
  })
})

describe('a cookie', () => {
  it('that somebody planted never becomes valid, not even when its browser signs in', async () => {
    await using test = await openTestApi()
    const planted = newToken(randomBytes)
    const request = makeConnection({ transport: 'http', cookieToken: planted })
    await test.call(request).auth.redeemTicket({ ticket: await mint(test) })
    expect(request.cookies[0]).not.toBe(planted)
    expect(await codeOf(test.call(makeConnection({ transport: 'http', cookieToken: planted })).session.list())).toBe(
      'unauthenticated',
    )
  })

  it('stays in the browser for as long as the daemon can say of it that it expired', async () => {
    await using test = await openTestApi()
    const { url } = await test.local.auth.createTicket({})
    const request = makeConnection({ transport: 'http' })
    await test.call(request).auth.redeemTicket({ ticket: url.slice(url.indexOf('#') + 1) })
    expect(request.cookieAgesSeconds).toEqual([((7 + 30) * DAY) / 1000])
  })

  it('is new at every sign-in', async () => {
    await using test = await openTestApi()
    expect((await test.signIn()).token).not.toBe((await test.signIn()).token)
  })

  it('that is not a token, expired or revoked gives the right 401', async () => {
    await using test = await openTestApi()
    const { owner } = test.browsers
    const list = (cookieToken: string) =>
      codeOf(test.call(makeConnection({ transport: 'http', cookieToken })).session.list())
    expect(await list('x'.repeat(10_000))).toBe('unauthenticated')
    expect(await list(owner.token)).toBe('ok')

    const gone = await test.signIn()
    await test.call(gone.request()).auth.signOut()
    expect(await list(gone.token)).toBe('unauthenticated')

    test.clock.advance(7 * DAY)
    expect(await list(owner.token)).toBe('session_expired')
    // And whoami, which a page asks first, still answers.
    expect(await test.call(owner.request()).auth.whoami()).toEqual({ kind: 'anonymous', reason: 'expired' })
    expect(await test.call(gone.request()).auth.whoami()).toEqual({ kind: 'anonymous', reason: 'none' })
  })

  it('survives a restart, and a token that expired is still known as expired; without the install key neither is anything', async () => {
    await using first = await openTestApi()
    const list = (test: TestApi, cookieToken: string) =>
      codeOf(test.call(makeConnection({ transport: 'http', cookieToken })).session.list())
    const { dataDir, installKey } = first
    {
      await using second = await openTestApi({ dataDir, installKey })
      expect(await list(second, first.browsers.owner.token)).toBe('ok')
      second.clock.advance(8 * DAY)
      expect(await list(second, first.browsers.owner.token)).toBe('session_expired')
    }
    {
      await using third = await openTestApi({ dataDir, installKey })
      expect(await list(third, first.browsers.owner.token)).toBe('session_expired')
    }
    await using stolen = await openTestApi({ dataDir })
    expect(await list(stolen, first.browsers.viewer.token)).toBe('unauthenticated')
  })

  it('idle for longer than the timeout is expired, used within it is not', async () => {
    await using test = await openTestApi({ config: { authIdleTimeoutMs: 30 * MINUTE } })
    const list = (token: string) =>
      codeOf(test.call(makeConnection({ transport: 'http', cookieToken: token })).session.list())
    for (let n = 0; n < 3; n += 1) {
      test.clock.advance(20 * MINUTE)
      expect(await list(test.browsers.owner.token)).toBe('ok')
    }
    expect(await list(test.browsers.viewer.token)).toBe('session_expired')
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

  it('is not confused with another by too short or unknown a prefix', async () => {
    await using test = await openTestApi()
    await expect(test.local.auth.revokeSession({ id: 'abc' })).rejects.toMatchObject({ code: 'BAD_REQUEST' })
    expect(await codeOf(test.local.auth.revokeSession({ id: 'zzzz' }))).toBe('not_found')
  })
})

describe('a fixed expiry', () => {
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
