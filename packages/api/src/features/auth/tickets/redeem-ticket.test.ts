import { randomBytes } from 'node:crypto'
import { newToken } from '@sallyport/crypto/tokens'
import { describe, expect, it } from 'vitest'
import { makeConnection, openTestApi, type TestApi } from '../../../open-test-api.ts'
import { codeOf, events, MINUTE } from '../sign-in/sign-in-fixture.ts'

const mint = async (test: TestApi): Promise<string> => (await test.local.auth.createTicket({})).url.split('#')[1] ?? ''

describe('a launch ticket', () => {
  it('signs a browser in once and sends it to a page of ours', async () => {
    await using test = await openTestApi()
    const { url, expiresAt } = await test.local.auth.createTicket({ redirectTo: '/sessions/abc' })
    expect(url).toMatch(/^http:\/\/localhost:8447\/launch#[A-Za-z0-9_-]{43}$/)
    expect(Date.parse(expiresAt) - test.clock.now()).toBe(MINUTE)
    const ticket = url.split('#')[1] ?? ''

    const browser = test.newBrowser()
    expect(await browser.call.auth.redeemTicket({ ticket })).toEqual({ redirectTo: '/sessions/abc' })
    expect(await browser.call.auth.whoami()).toMatchObject({ kind: 'user', user: 'ada', role: 'owner' })

    const again = test.newBrowser()
    expect(await codeOf(again.call.auth.redeemTicket({ ticket }))).toBe('unauthenticated')
    expect([...again.cookies]).toEqual([])
    expect(await events(test)).toEqual(['ticket.created ok', 'ticket.redeemed ok'])
    expect(JSON.stringify(await test.auditRows())).not.toContain(ticket)
  })

  it('used twice at the same moment signs one in', async () => {
    await using test = await openTestApi()
    const ticket = await mint(test)
    const browsers = Array.from({ length: 8 }, () => test.newBrowser())
    const codes = await Promise.all(browsers.map(({ call }) => codeOf(call.auth.redeemTicket({ ticket }))))
    expect(codes.filter((code) => code === 'ok')).toHaveLength(1)
    expect(browsers.filter(({ cookies }) => cookies.has('session'))).toHaveLength(1)
  })

  it('is dead after a minute', async () => {
    await using test = await openTestApi()
    const ticket = await mint(test)
    test.clock.advance(MINUTE)
    expect(await codeOf(test.newBrowser().call.auth.redeemTicket({ ticket }))).toBe('unauthenticated')
  })

  it('is refused through a proxy, and used up by it', async () => {
    await using test = await openTestApi()
    const ticket = await mint(test)
    const proxied = test.newBrowser({ directLoopback: false })
    expect(await codeOf(proxied.call.auth.redeemTicket({ ticket }))).toBe('forbidden')
    expect([...proxied.cookies]).toEqual([])
    expect(await codeOf(test.newBrowser().call.auth.redeemTicket({ ticket }))).toBe('unauthenticated')
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
    const redeem = (ticket: string) => codeOf(test.newBrowser().call.auth.redeemTicket({ ticket }))
    for (let n = 0; n < 5; n += 1) expect(await redeem(await mint(test))).toBe('ok')
    const wrong = await Promise.all(Array.from({ length: 11 }, () => redeem(newToken(randomBytes))))
    expect(wrong.filter((code) => code === 'unauthenticated')).toHaveLength(10)
    expect(wrong.filter((code) => code === 'too_many_requests')).toHaveLength(1)
    test.clock.advance(10 * MINUTE)
    expect(await redeem(await mint(test))).toBe('ok')
  })

  it('does not exist when the audit log cannot be written', async () => {
    await using test = await openTestApi()
    await test.database.execute('ALTER TABLE "AuditRow" RENAME TO "Away"')
    expect(await codeOf(test.local.auth.createTicket({}))).toBe('unavailable')
  })
})

describe('a launch ticket in a browser that is signed in', () => {
  it('as the owner is a step-up: the same auth session and open sockets, a new cookie, and the old one is nothing', async () => {
    await using test = await openTestApi()
    const browser = test.newBrowser()
    await browser.call.auth.redeemTicket({ ticket: await mint(test) })
    const old = browser.cookies.get('session') ?? ''
    const tab = browser.webSocket()
    test.api.connectionOpened(tab)
    await test.call(tab).session.list()
    const before = await browser.call.auth.listSessions()

    test.clock.advance(6 * MINUTE)
    expect(await codeOf(browser.call.auth.revokeOthers())).toBe('step_up_required')
    await browser.call.auth.redeemTicket({ ticket: await mint(test) })
    expect(await codeOf(browser.call.auth.revokeOthers())).toBe('ok')

    expect(browser.cookies.get('session')).not.toBe(old)
    expect(tab.closed).toEqual([])
    expect(await codeOf(test.call(tab).session.list())).toBe('ok')
    expect((await browser.call.auth.listSessions()).authSessions.map(({ id }) => id)).toContain(
      before.authSessions.find(({ current }) => current)?.id,
    )
    expect(await codeOf(test.call(makeConnection({ transport: 'http', cookieToken: old })).session.list())).toBe(
      'unauthenticated',
    )
  })

  it('as somebody else signs in anew, and ends theirs', async () => {
    await using test = await openTestApi()
    const browser = test.newBrowser()
    browser.plant('session', test.browsers.viewer.token)
    expect(await browser.call.auth.whoami()).toMatchObject({ user: 'viewer' })
    await browser.call.auth.redeemTicket({ ticket: await mint(test) })
    expect(await browser.call.auth.whoami()).toMatchObject({ user: 'ada' })
    expect(await codeOf(test.call(test.browsers.viewer.request()).session.list())).toBe('unauthenticated')
  })
})

it('where sign-in is off a ticket opens a page and signs nobody in', async () => {
  await using test = await openTestApi({ auth: { mode: 'off' } })
  const browser = test.newBrowser()
  expect(await browser.call.auth.redeemTicket({ ticket: await mint(test) })).toEqual({ redirectTo: '/sessions' })
  expect([...browser.cookies]).toEqual([])
  expect((await test.local.auth.listSessions()).authSessions).toEqual([])
})
