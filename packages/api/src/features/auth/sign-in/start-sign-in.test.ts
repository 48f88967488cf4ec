import { provePassword } from '@sallyport/testing/password-browser'
import { describe, expect, it } from 'vitest'
import { openTestApi, signInWith } from '../../../open-test-api.ts'
import {
  codeOf,
  DAY,
  failedBefore,
  guess,
  halfSignedIn,
  MINUTE,
  OWN_PASSWORD,
  openOwned,
  SECOND,
} from './sign-in-fixture.ts'

describe('many starts', () => {
  it('at once from one client: ten are answered, the rest are told to wait, and nobody else is', async () => {
    await using test = await openOwned()
    const address = '192.0.2.7'
    const codes = await Promise.all(
      // A name each: an account of its own would be slowed down before.
      Array.from({ length: 20 }, (_, n) => codeOf(guess(test.newBrowser({ address }), { user: `name${n}` }))),
    )
    expect(codes.filter((code) => code === 'ok')).toHaveLength(10)
    expect(codes.filter((code) => code === 'too_many_requests')).toHaveLength(10)
    expect(await codeOf(halfSignedIn(test, { address: '192.0.2.8' }))).toBe('ok')
  })

  it('in one batch each take a point, and the browser is left with the last cookie', async () => {
    await using test = await openOwned()
    const address = '192.0.2.9'
    const browser = test.newBrowser({ address })
    const { stretching, serverId } = await browser.call.auth.signInOptions()
    const request = browser.request()
    const startAs = (user: string) =>
      provePassword({
        password: OWN_PASSWORD,
        stretching,
        serverId,
        start: (message) => test.call(request).auth.startSignIn({ user, request: message }),
      })
    const finishes = await Promise.all(Array.from({ length: 10 }, (_, n) => startAs(`name${n}`)))
    expect(finishes).toEqual(new Array(10).fill(undefined))
    expect([...browser.cookies.keys()]).toEqual(['sign_in'])
    expect(await codeOf(guess(test.newBrowser({ address }), { user: 'another' }))).toBe('too_many_requests')
  })

  it('that are right cost nothing', async () => {
    await using test = await openOwned()
    for (let n = 0; n < 12; n += 1) {
      expect(await codeOf(halfSignedIn(test, { address: '192.0.2.10' }))).toBe('ok')
    }
  })

  it('are ten per client at a time however many the limits allow, and a minute later ten again', async () => {
    await using test = await openTestApi({
      auth: { failedSignIns: { perClient: 1000, perProxy: 1000, perSecond: 1000 } },
    })
    const tenOfTwelve = async (round: string) => {
      const codes = await Promise.all(
        Array.from({ length: 12 }, (_, n) => codeOf(guess(test.newBrowser(), { user: `${round}${n}` }))),
      )
      expect(codes.filter((code) => code === 'ok')).toHaveLength(10)
    }
    await tenOfTwelve('first')
    test.clock.advance(MINUTE)
    await tenOfTwelve('second')
  })

  it('in one browser leave one: starting again gives up what its cookie stood for', async () => {
    await using test = await openTestApi({
      auth: { failedSignIns: { perClient: 1000, perProxy: 1000, perSecond: 1000 } },
    })
    const browser = test.newBrowser()
    for (let n = 0; n < 15; n += 1) expect(await codeOf(guess(browser, { user: `name${n}` }))).toBe('ok')
  })

  it('of neighbours at one address neither keep a known device out nor count against its account', async () => {
    await using test = await openOwned()
    const where = { address: '192.0.2.1' }
    const mine = await halfSignedIn(test, where)
    await mine.call.auth.verifySecondFactor({ method: 'totp', code: test.owner.nextCode() })
    const neighbours = []
    for (let n = 0; n < 12; n += 1) {
      neighbours.push(await codeOf(guess(test.newBrowser(where), { user: `nobody${n}` })))
    }
    expect(neighbours.slice(10)).toEqual(['too_many_requests', 'too_many_requests'])
    for (let n = 0; n < 3; n += 1) {
      expect(await signInWith(mine, { password: OWN_PASSWORD })).toEqual({ next: 'second_factor' })
    }
    // Whom the bound on those under way refuses has not guessed: a stranger there costs the account nothing.
    expect(await codeOf(guess(test.newBrowser(where)))).toBe('too_many_requests')
    const ada = (await test.local.auth.status()).users.find(({ name }) => name === 'ada')
    expect(ada).toMatchObject({ failedSignIns: 0 })
  })

  it('from a known device go on while a spammer holds the account', async () => {
    await using test = await openOwned()
    for (let n = 0; n < 20; n += 1) {
      await codeOf(guess(test.newBrowser({ address: `198.51.100.${n}` })))
    }
    expect(await codeOf(guess(test.newBrowser({ address: '203.0.113.5' })))).toBe('too_many_requests')
    const { browser } = test.owner
    await browser.call.auth.signOut()
    expect([...browser.cookies.keys()]).toEqual(['device'])
    expect(await signInWith(browser, { password: OWN_PASSWORD })).toEqual({ next: 'second_factor' })
  })

  it('after a hundred failures in a row close the account for unknown devices, and the log says so', async () => {
    await using test = await openOwned()
    await failedBefore(test, 99)
    await guess(test.newBrowser({ address: '198.51.100.1' }))
    expect((await test.auditRows()).at(-1)).toMatchObject({ event: 'account.closed', target: 'ada' })
    test.clock.advance(DAY - SECOND)
    expect(await codeOf(guess(test.newBrowser({ address: '203.0.113.5' })))).toBe('too_many_requests')
    expect(await signInWith(test.owner.browser, { password: OWN_PASSWORD })).toEqual({ next: 'second_factor' })
    test.clock.advance(SECOND)
    expect(await codeOf(guess(test.newBrowser({ address: '203.0.113.5' })))).toBe('ok')
  })

  it('after a closing that has passed begin anew: one more wrong guess does not close it for the owner on a new device', async () => {
    await using test = await openOwned()
    await failedBefore(test, 99)
    await guess(test.newBrowser({ address: '198.51.100.1' }))
    test.clock.advance(DAY)
    await guess(test.newBrowser({ address: '198.51.100.2' }))
    const ada = (await test.local.auth.status()).users.find(({ name }) => name === 'ada')
    expect(ada).toMatchObject({ failedSignIns: 1, closedUntil: null })
    expect(await codeOf(halfSignedIn(test, { address: '203.0.113.5' }))).toBe('ok')
  })

  it('that are right do not close it: the hundredth try may be the owner', async () => {
    await using test = await openOwned()
    await failedBefore(test, 99)
    const browser = await halfSignedIn(test, { address: '198.51.100.1' })
    await browser.call.auth.verifySecondFactor({ method: 'totp', code: test.owner.nextCode() })
    expect(await codeOf(guess(test.newBrowser({ address: '203.0.113.5' })))).toBe('ok')
  })
})
