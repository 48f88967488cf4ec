import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { createFakeClock } from '@sallyport/testing/fake-clock'
import { describe, expect, it } from 'vitest'
import { AppError } from '../errors.ts'
import { limits } from './limits.ts'
import { createSignInGuard, type SignInAttempt, type StartedSignIn } from './sign-in-guard.ts'

const rules = limits.signIn
const MINUTE = 60_000
const HOUR = 60 * MINUTE

const setUp = () => {
  const clock = createFakeClock()
  const guard = createSignInGuard(clock, rules)
  /** What began, or the seconds to wait. */
  const start = (attempt: Partial<SignInAttempt>): StartedSignIn | number => {
    const from = attempt.peer ?? '192.0.2.1'
    const defaults = { client: from, peer: from, viaTrustedProxy: false, device: null, account: 'owner' }
    try {
      return guard.begin({ ...defaults, closedUntil: null, failedSignIns: 0, ...attempt })
    } catch (error) {
      if (error instanceof AppError && error.retryAfterSeconds !== undefined) return error.retryAfterSeconds
      throw error
    }
  }
  const passes = (attempt: Partial<SignInAttempt>): boolean => typeof start(attempt) !== 'number'
  const begin = (attempt: Partial<SignInAttempt>): StartedSignIn => {
    const started = start(attempt)
    if (typeof started === 'number') throw new Error(`refused for ${started} s`)
    return started
  }
  return { clock, guard, start, passes, begin }
}
const times = (count: number, act: (n: number) => boolean): number =>
  Array.from({ length: count }, (_, n) => act(n)).filter(Boolean).length

describe('a client', () => {
  it('with twenty starts at once gets ten, and is told how long to wait for the next', () => {
    const { clock, start, passes } = setUp()
    expect(times(20, (n) => passes({ account: `user-${n}` }))).toBe(10)
    expect(start({ account: 'another' })).toBe(600)
    clock.advance(10 * MINUTE - 1)
    expect(start({ account: 'another' })).toBe(1)
    clock.advance(1)
    expect(passes({ account: 'another' })).toBe(true)
  })

  it('gets its point back for a success, once, and pays for what it leaves unfinished', () => {
    const { begin, passes } = setUp()
    const account = (n: number) => ({ account: `user-${n}` })
    for (let n = 0; n < 50; n += 1) {
      const { succeeded } = begin(account(n))
      succeeded()
      succeeded()
    }
    expect(times(20, (n) => passes(account(n)))).toBe(0)
    expect(limits.signIn.perSecond).toBe(50)
  })

  it('in one IPv6 network is one client, whatever address of it is used', () => {
    const { passes } = setUp()
    expect(times(20, (n) => passes({ peer: `2001:db8::${n}`, account: `user-${n}` }))).toBe(10)
    expect(passes({ peer: '2001:db8:0:1::1', account: 'x' })).toBe(true)
    expect(times(20, (n) => passes({ peer: `${n % 2 ? '::ffff:' : ''}192.0.2.9`, account: `user-${n}` }))).toBe(10)
  })
})

describe('everybody together', () => {
  it('starts fifty a second, right or wrong', () => {
    const { clock, passes, begin } = setUp()
    for (let n = 0; n < 25; n += 1) begin({ peer: `10.0.0.${n}`, account: `a${n}` }).succeeded()
    expect(times(100, (n) => passes({ peer: `10.0.1.${n}`, account: `b${n}` }))).toBe(25)
    clock.advance(1000)
    expect(times(100, (n) => passes({ peer: `10.0.2.${n}`, account: `c${n}` }))).toBe(50)
  })
})

describe('a peer', () => {
  it('that forges X-Forwarded-For and is no listed proxy has the ten of its own address', () => {
    const { passes } = setUp()
    const forged = (n: number) => ({ peer: '192.0.2.66', client: `198.51.100.${n}`, account: `user-${n}` })
    expect(times(40, (n) => passes(forged(n)))).toBe(10)
    // Nor are those whom it names held to account.
    expect(passes({ peer: '198.51.100.1', account: 'x' })).toBe(true)
  })

  it('that is a listed proxy has three hundred for all of its clients, each of whom has ten', () => {
    const { clock, start, passes } = setUp()
    const through = (client: number, n: number) => ({
      peer: '127.0.0.1',
      viaTrustedProxy: true,
      client: `10.1.${client >> 8}.${client & 255}`,
      account: `user-${client}-${n}`,
    })
    const spaced = (client: number, n: number) => {
      clock.advance(20)
      return passes(through(client, n))
    }
    expect(times(20, (n) => spaced(0, n))).toBe(10)
    expect(times(400, (n) => spaced(n + 1, 0))).toBe(290)
    expect(start(through(999, 0))).toBeGreaterThan(500)
    // The same machine without the proxy in between has its own.
    expect(passes({ peer: '127.0.0.1', account: 'x' })).toBe(true)
  })
})

describe('an account', () => {
  it('makes strangers wait longer after each failure in a row from the sixth on, wherever they come from', () => {
    const { clock, start, passes } = setUp()
    let addresses = 0
    const next = () => ({ peer: `10.0.${addresses >> 8}.${addresses++ & 255}` })
    expect(times(20, () => passes(next()))).toBe(5)
    const waits: number[] = []
    for (let n = 0; n < 13; n += 1) {
      const seconds = start(next())
      if (typeof seconds !== 'number') throw new Error('was let through at once')
      waits.push(seconds)
      clock.advance(seconds * 1000 - 1)
      expect(passes(next())).toBe(false)
      clock.advance(1)
      expect(passes(next())).toBe(true)
    }
    expect(waits).toEqual([1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900, 900])
  })

  it('that a stranger signs in to is free again', () => {
    const { clock, passes, begin } = setUp()
    times(5, (n) => passes({ peer: `10.0.0.${n}` }))
    clock.advance(1000)
    begin({}).succeeded()
    expect(times(20, (n) => passes({ peer: `10.0.1.${n}` }))).toBe(5)
  })

  it('is counted by the database: a restart clears the windows and not the count', () => {
    const { passes } = setUp()
    expect(times(30, (n) => passes({ peer: `10.0.0.${n}` }))).toBe(5)
    const restarted = setUp()
    expect(restarted.passes({ failedSignIns: 8 })).toBe(true)
    expect(restarted.start({ failedSignIns: 9 })).toBe(16)
  })

  it('closes for strangers with the hundredth failure in a row, for a day', () => {
    const { clock, start, passes, begin } = setUp()
    expect(begin({ failedSignIns: 98 }).closesAccount).toBe(false)
    clock.advance(HOUR)
    expect(begin({ failedSignIns: 99 }).closesAccount).toBe(true)
    const known = { failedSignIns: 100, closedUntil: clock.now() + rules.closedMs }
    expect(start(known)).toBe(24 * 3600)
    expect(passes({ ...known, device: 'laptop' })).toBe(true)
    clock.advance(24 * HOUR - 1)
    expect(start(known)).toBe(1)
    // It is over then, whatever the database still counts: strangers begin anew.
    clock.advance(1)
    expect(begin(known).closesAccount).toBe(false)
    expect(times(20, (n) => passes({ ...known, peer: `10.0.0.${n}` }))).toBe(4)
  })

  it('that is closed is open as soon as it is unlocked', () => {
    const { guard, start, passes, begin } = setUp()
    begin({ failedSignIns: 99 })
    expect(start({})).toBe(24 * 3600)
    guard.unlock('owner')
    expect(times(20, (n) => passes({ peer: `10.0.0.${n}` }))).toBe(5)
  })

  it('that was closed before a restart is not closed again by the first wrong guess after it', () => {
    const { clock, passes, begin } = setUp()
    const known = { failedSignIns: 100, closedUntil: clock.now() }
    expect(begin(known).closesAccount).toBe(false)
    expect(times(20, (n) => passes({ ...known, peer: `10.0.0.${n}` }))).toBe(4)
  })

  it('stays closed over a restart, and for as long as it was said also when the clock is set back', () => {
    const { clock, start, passes } = setUp()
    const known = { failedSignIns: 100, closedUntil: clock.now() + rules.closedMs }
    expect(start(known)).toBe(24 * 3600)
    clock.advance(-30 * 24 * HOUR)
    expect(start(known)).toBe(24 * 3600)
    clock.advance(24 * HOUR - 1000)
    expect(start(known)).toBe(1)
    clock.advance(1000)
    expect(passes(known)).toBe(true)
  })

  it('that the hundredth attempt signs in to is open; a known device that signs in does not open it for strangers', () => {
    const { clock, passes, begin } = setUp()
    begin({ failedSignIns: 99 }).succeeded()
    expect(passes({})).toBe(true)
    clock.advance(HOUR)
    expect(begin({ failedSignIns: 99 }).closesAccount).toBe(true)
    begin({ device: 'laptop', failedSignIns: 100 }).succeeded()
    expect(passes({})).toBe(false)
  })

  it('that does not exist is refused like one that does', () => {
    const { clock, start } = setUp()
    let failedSignIns = 0
    for (let n = 0; n < 120; n += 1) {
      const peer = `10.0.0.${n}`
      const real = start({ peer, account: 'owner', failedSignIns })
      const invented = start({ peer, account: 'nobody', failedSignIns: 0 })
      expect(typeof invented).toBe(typeof real)
      if (typeof real === 'number') expect(invented).toBe(real)
      else failedSignIns += 1
      clock.advance(n < 6 ? 0 : HOUR)
    }
    expect(failedSignIns).toBe(100)
  })
})

describe('a device that signed in before', () => {
  it('lets the owner in while three hundred thousand addresses guess at the account, in a memory that does not grow', () => {
    const { clock, passes, begin } = setUp()
    const collect = garbageCollector()
    const before = heapBytes(collect)
    // So many refusals: their stacks would be most of what this test does.
    const { stackTraceLimit } = Error
    Error.stackTraceLimit = 0
    let guesses = 0
    let failedSignIns = 0
    for (let n = 0; n < 300_000; n += 1) {
      const peer = `${n >> 16}.${(n >> 8) & 255}.${n & 255}.1`
      // Every other one with a name of its own, which must not push the account out of memory.
      if (n % 2 === 1) passes({ peer, account: `user-${n}` })
      else if (passes({ peer, failedSignIns })) {
        guesses += 1
        failedSignIns += 1
      }
      if (n % 30_000 === 0) {
        begin({ peer, device: 'laptop', failedSignIns }).succeeded()
        failedSignIns = 0
      }
      clock.advance(10)
    }
    Error.stackTraceLimit = stackTraceLimit
    // Near an hour of it. Each time that the owner came, guessing began anew; the owner never waited.
    expect(guesses).toBeLessThan(150)
    expect(heapBytes(collect) - before).toBeLessThan(20 * 1024 ** 2)
  })

  it('has ten wrong guesses of its own, and is a stranger after that', () => {
    const { clock, start, passes, begin } = setUp()
    expect(times(10, () => !begin({ device: 'laptop' }).countsAgainstAccount)).toBe(10)
    // From here on as a stranger, who is free five times.
    expect(begin({ device: 'laptop' }).countsAgainstAccount).toBe(true)
    expect(times(20, () => passes({ device: 'laptop' }))).toBe(4)
    expect(start({ device: 'laptop' })).toBe(1)
    clock.advance(10 * MINUTE)
    expect(begin({ device: 'laptop' }).countsAgainstAccount).toBe(false)
  })

  it('gets its point back for a success, and its failures close nothing', () => {
    const { clock, passes, begin } = setUp()
    for (let n = 0; n < 40; n += 1) begin({ device: 'laptop' }).succeeded()
    for (let n = 0; n < 200; n += 1) {
      expect(begin({ device: 'laptop', failedSignIns: n }).closesAccount).toBe(false)
      clock.advance(MINUTE)
    }
    expect(passes({})).toBe(true)
  })

  it('of another account is nobody here: each account has a bucket of its own', () => {
    const { begin, passes } = setUp()
    for (let n = 0; n < 10; n += 1) begin({ device: 'laptop' })
    expect(begin({ device: 'laptop', account: 'other' }).countsAgainstAccount).toBe(false)
    expect(passes({ device: 'phone' })).toBe(true)
  })
})

it('a clock that was set back neither opens the windows nor keeps anybody out for longer than they last', () => {
  const { clock, start, passes } = setUp()
  times(10, (n) => passes({ account: `user-${n}` }))
  clock.advance(-5 * HOUR)
  expect(start({ account: 'x' })).toBe(600)
  clock.advance(5 * MINUTE)
  expect(start({ account: 'x' })).toBe(300)
  clock.advance(5 * MINUTE)
  expect(passes({ account: 'x' })).toBe(true)
})

it('refused attempts push nobody out of memory', () => {
  const clock = createFakeClock()
  const guard = createSignInGuard(clock, rules, 20)
  const attempt = (peer: string, account: string) => () =>
    guard.begin({
      client: peer,
      peer,
      viaTrustedProxy: false,
      device: null,
      account,
      closedUntil: null,
      failedSignIns: 0,
    })
  for (let n = 0; n < 10; n += 1) attempt('192.0.2.1', `user-${n}`)()
  for (let n = 0; n < 100; n += 1) expect(attempt('192.0.2.1', `invented-${n}`)).toThrow(AppError)
  for (let n = 0; n < 5; n += 1) attempt('192.0.2.2', 'user-0')
  expect(attempt('192.0.2.1', 'user-0')).toThrow(AppError)
})

const garbageCollector = (): (() => void) => {
  setFlagsFromString('--expose-gc')
  return runInNewContext('gc') as () => void
}
const heapBytes = (collect: () => void): number => {
  collect()
  return process.memoryUsage().heapUsed
}
