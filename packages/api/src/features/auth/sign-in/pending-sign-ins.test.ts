import { randomBytes } from 'node:crypto'
import { Secret } from '@sallyport/crypto/secret'
import { newToken } from '@sallyport/crypto/tokens'
import { createFakeClock } from '@sallyport/testing/fake-clock'
import { describe, expect, it } from 'vitest'
import { AppError } from '../../../errors.ts'
import { limits } from '../../../limits/limits.ts'
import type { StoredUser } from '../users/user.store.ts'
import { createPendingSignIns, type SignInStage } from './pending-sign-ins.ts'
import { DAY, MINUTE } from './sign-in-fixture.ts'

const user: StoredUser = {
  id: 'user-1',
  name: 'ada',
  role: 'owner',
  passwordRecord: 'record',
  passwordChangedAt: null,
  failedSignIns: 0,
  closedUntil: null,
}

const open = () => {
  const clock = createFakeClock()
  const pending = createPendingSignIns({ clock, random: randomBytes, key: new Secret(new Uint8Array(32)) })
  const abandoned: string[] = []
  const started = (name = ''): Extract<SignInStage, { state: 'started' }> => ({
    state: 'started',
    user,
    login: { subject: user.id, opaque: new Secret('state'), bootstrap: null },
    proved: async () => undefined,
    abandoned: () => void abandoned.push(name),
  })
  const begin = (address = '203.0.113.1', name?: string) =>
    pending.begin({ address, device: null }, started(name)).token
  /** As far as the second factor. */
  const proved = (address?: string) => {
    const one = pending.take(begin(address), 'started')
    if (one === null) throw new Error('not started')
    return pending.moveOn(one, 'factor_asked', { state: 'second_factor', user, triesLeft: 5 }).token
  }
  return { clock, pending, started, begin, proved, abandoned }
}

describe('a sign-in under way', () => {
  it('belongs to its cookie, in the state that it is in, and is taken once', () => {
    const { pending, begin } = open()
    const token = begin()
    expect(pending.find(token, 'second_factor')).toBeNull()
    expect(pending.find(newToken(randomBytes), 'started')).toBeNull()
    expect(pending.find(undefined, 'started')).toBeNull()
    expect(pending.find('x'.repeat(10_000), 'started')).toBeNull()
    expect(pending.take(token, 'started')).toMatchObject({ client: '203.0.113.1' })
    expect(pending.take(token, 'started')).toBeNull()
  })

  it('has a new cookie after each step, and the old one is nothing', () => {
    const { pending, begin } = open()
    const first = begin()
    const taken = pending.take(first, 'started')
    if (taken === null) throw new Error('not started')
    const second = pending.moveOn(taken, 'enrolment_asked', { state: 'enrolment', user }).token
    expect(second).not.toBe(first)
    expect(pending.onboardingOf(first)).toBeNull()
    expect(pending.onboardingOf(second)).toMatchObject({ user: 'ada', step: 'second_factor' })
    expect(pending.find(second, 'enrolment')?.id).toBe(taken.id)
  })

  it('cannot be moved where the table has no way to, nor completed from the wrong state', () => {
    const { pending, proved } = open()
    const token = proved()
    expect(() => pending.change(token, 'enrolment_asked', { state: 'enrolment', user })).toThrow('no sign-in goes from')
    expect(() => pending.complete(token, 'enrolled')).toThrow('no sign-in goes from')
    expect(pending.complete(token, 'code_accepted')).toBe(true)
    expect(pending.complete(token, 'code_accepted')).toBe(false)
  })

  it('is an onboarding only from the bootstrap password to the last step: a second factor that is asked for is none', () => {
    const { pending, begin, proved } = open()
    expect(pending.onboardingOf(begin())).toBeNull()
    expect(pending.onboardingOf(proved())).toBeNull()
  })

  it('is over after a minute, ten minutes for a code, a day for a setup', () => {
    const { pending, clock, begin, proved } = open()
    const startedToken = begin()
    const provedToken = proved()
    const taken = pending.take(begin(), 'started')
    if (taken === null) throw new Error('not started')
    const setupToken = pending.moveOn(taken, 'enrolment_asked', { state: 'enrolment', user }).token
    clock.advance(MINUTE - 1)
    expect(pending.find(startedToken, 'started')).not.toBeNull()
    clock.advance(1)
    expect(pending.find(startedToken, 'started')).toBeNull()
    clock.advance(9 * MINUTE - 1)
    expect(pending.find(provedToken, 'second_factor')).not.toBeNull()
    clock.advance(1)
    expect(pending.find(provedToken, 'second_factor')).toBeNull()
    clock.advance(DAY - 10 * MINUTE - 1)
    expect(pending.onboardingOf(setupToken)).not.toBeNull()
    clock.advance(1)
    expect(pending.onboardingOf(setupToken)).toBeNull()
  })

  it('ends with the password that it proved', () => {
    const { pending, proved } = open()
    const token = proved()
    pending.endAllOf('somebody-else')
    expect(pending.find(token, 'second_factor')).not.toBeNull()
    pending.endAllOf(user.id)
    expect(pending.find(token, 'second_factor')).toBeNull()
  })

  it('that is taken out when everything is ended is nothing afterwards, wherever it moves on to', () => {
    const { pending, begin } = open()
    for (const end of [() => pending.endAllOf(user.id), () => pending.endAll()]) {
      const taken = pending.take(begin(), 'started')
      if (taken === null) throw new Error('not started')
      expect(taken.endings).toBe(pending.endingsOf(user.id))
      end()
      expect(taken.endings).not.toBe(pending.endingsOf(user.id))
      const { token } = pending.moveOn(taken, 'enrolment_asked', { state: 'enrolment', user })
      expect([pending.find(token, 'enrolment'), pending.onboardingOf(token)]).toEqual([null, null])
    }
    expect(pending.find(begin(), 'started')).not.toBeNull()
  })
})

describe('sign-ins under way', () => {
  it('are ten per client at most, an IPv6 network being one client, and free again when they are over', () => {
    const { clock, begin } = open()
    for (let n = 0; n < 10; n += 1) begin(`2001:db8:1:2::${n}`)
    const refused = () => begin('2001:db8:1:2:ffff::1')
    expect(refused).toThrow(AppError)
    clock.advance(20_000)
    expect(refused).toThrow('Try again in 40 s.')
    expect(begin('2001:db8:1:3::1')).toBeTypeOf('string')
    clock.advance(40_000)
    expect(refused()).toBeTypeOf('string')
  })

  it('of a known device are counted apart from those of its neighbours, who have one address with it', () => {
    const { pending, started, begin } = open()
    const address = '192.0.2.1'
    const start = (device: string | null) => pending.begin({ address, device }, started()).token
    for (let n = 0; n < 10; n += 1) begin(address)
    expect(() => start(null)).toThrow(AppError)
    const tokens = Array.from({ length: 10 }, () => start('laptop'))
    expect(() => start('laptop')).toThrow(AppError)
    expect(start('phone')).toBeTypeOf('string')
    // The one that the next start of this browser replaces takes no place.
    expect(() => pending.demandRoom({ address, device: 'laptop' }, undefined)).toThrow(AppError)
    expect(() => pending.demandRoom({ address, device: 'laptop' }, tokens[3])).not.toThrow()
  })

  it('are a thousand at most: the oldest start gives way, never somebody who typed a right password', () => {
    const { pending, begin, proved, abandoned } = open()
    const typing = proved('192.0.2.1')
    const first = begin('198.51.100.1', 'first')
    for (let n = 0; n < limits.pendingSignIn.max - 2; n += 1) begin(`10.0.${n >> 8}.${n & 255}`)
    expect(pending.find(first, 'started')).not.toBeNull()
    begin('198.51.100.2')
    expect(pending.find(first, 'started')).toBeNull()
    expect(pending.find(typing, 'second_factor')).not.toBeNull()
    expect(abandoned).toEqual(['first'])
  })

  it('that proved a password are bounded per client as well, though they cost no point', () => {
    const { pending, proved } = open()
    const tokens = Array.from({ length: 11 }, () => proved())
    expect(tokens.map((token) => pending.find(token, 'second_factor') !== null)).toEqual([
      false,
      ...new Array<boolean>(10).fill(true),
    ])
  })

  it('that nobody finished say so, once; those that were finished do not', () => {
    const { clock, pending, begin, abandoned } = open()
    pending.take(begin('192.0.2.1', 'finished'), 'started')
    pending.drop(begin('192.0.2.2', 'dropped'))
    begin('192.0.2.3', 'expired')
    clock.advance(MINUTE)
    begin('192.0.2.4', 'live')
    expect(abandoned).toEqual(['dropped', 'expired'])
  })
})
