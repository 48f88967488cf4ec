import { createFakeClock } from '@sallyport/testing/fake-clock'
import { describe, expect, it, vi } from 'vitest'
import { AppError } from '../errors.ts'
import { makeConnection, openTestApi } from '../open-test-api.ts'
import { createMeters, inputBytes } from './connection-meter.ts'
import { limits } from './limits.ts'
import { fullWindow, reserveInWindow, takeFromWindow } from './rate-window.ts'
import { createSlots } from './slots.ts'

describe('a rate window', () => {
  const rule = { perSecond: 2, burst: 3 }

  it('lets the burst through, then the rate, and says how long to wait', () => {
    let state = fullWindow(rule, 0)
    const take = (now: number) => {
      const decision = takeFromWindow(state, rule, now)
      state = decision.state
      return decision.allowed || decision.retryAfterMs
    }
    expect([take(0), take(0), take(0), take(0)]).toEqual([true, true, true, 500])
    expect([take(250), take(500), take(500)]).toEqual([250, true, 500])
    // Never more than the burst, however long it was quiet.
    expect([take(1e9), take(1e9), take(1e9), take(1e9)]).toEqual([true, true, true, 500])
  })

  it('gives nothing to a clock that was set back', () => {
    const empty = { tokens: 0, at: 10_000 }
    expect(takeFromWindow(empty, rule, 0).allowed).toBe(false)
  })

  it('delays what it may not refuse, by exactly its rate', () => {
    const first = reserveInWindow(fullWindow(rule, 0), rule, 0, 5)
    expect(first.waitMs).toBe(1000)
    expect(reserveInWindow(first.state, rule, 0, 2).waitMs).toBe(2000)
  })
})

describe('slots', () => {
  it('are bounded in all and per owner, and freed exactly once', () => {
    const slots = createSlots(3, 2)
    const taken = [slots.take('a'), slots.take('a')]
    expect(slots.take('a')).toEqual({ full: 'owner' })
    slots.take(null)
    expect(slots.take('b')).toEqual({ full: 'all' })
    for (const slot of taken) {
      if ('release' in slot) {
        slot.release()
        slot.release()
      }
    }
    expect(slots.used).toBe(1)
    expect('release' in slots.take('a')).toBe(true)
  })

  it('without an owner count in the total only', () => {
    const slots = createSlots(10, 1)
    for (let n = 0; n < 10; n += 1) expect('release' in slots.take(null)).toBe(true)
    expect(slots.take(null)).toEqual({ full: 'all' })
  })
})

describe('control calls', () => {
  it('beyond 40 at once get 429 with a time to wait, and go on afterwards', async () => {
    await using test = await openTestApi()
    const caller = test.call(test.browsers.owner.webSocket())
    const results = await Promise.allSettled(Array.from({ length: 50 }, () => caller.session.list()))
    const refused = results.flatMap((result) => (result.status === 'rejected' ? [result.reason] : []))
    expect(refused).toHaveLength(10)
    for (const error of refused) expect(error).toMatchObject({ errorCode: 'too_many_requests', retryAfterSeconds: 1 })
    // Another connection of the same browser has its own.
    await test.call(test.browsers.owner.webSocket()).session.list()
    test.clock.advance(1000)
    for (let n = 0; n < limits.control.perSecond; n += 1) await caller.session.list()
    await expect(caller.session.list()).rejects.toBeInstanceOf(AppError)
  })

  it('of one address share a limit over plain HTTP, where every request is a connection', async () => {
    await using test = await openTestApi()
    const call = (address: string) => test.call(makeConnection({ transport: 'http', address })).auth.whoami()
    const results = await Promise.allSettled(Array.from({ length: 50 }, () => call('192.0.2.1')))
    expect(results.filter(({ status }) => status === 'rejected')).toHaveLength(10)
    await call('192.0.2.2')
  })

  it('over the limit for ten seconds close the connection with 1008; a peer that pauses stays', () => {
    const clock = createFakeClock()
    const meterOf = createMeters(clock)
    const flood = (pauseEveryMs: number) => {
      const connection = makeConnection({ transport: 'websocket' })
      const meter = meterOf(connection)
      for (let ms = 0; ms < 15_000; ms += 10) {
        clock.advance(10)
        if (ms % 4000 >= pauseEveryMs) meter.refusal()
      }
      return connection.closed.map(({ code }) => code)
    }
    expect(flood(0)[0]).toBe(1008)
    expect(flood(3000)).toEqual([])
  })

  it('do not use up acknowledgements', () => {
    const connection = makeConnection({ transport: 'websocket' })
    const meter = createMeters(createFakeClock())(connection)
    for (let n = 0; n < 100; n += 1) meter.refusal()
    expect(meter.refusal()).toBeInstanceOf(AppError)
    for (let n = 0; n < limits.ack.burst; n += 1) meter.acknowledged()
    expect(connection.closed).toEqual([])
  })
})

describe('acknowledgements', () => {
  /** Close codes after 15 s at this rate, past the burst. */
  const closedAt = (perSecond: number): number[] => {
    const clock = createFakeClock()
    const connection = makeConnection({ transport: 'websocket' })
    const meter = createMeters(clock)(connection)
    for (let ms = 0; ms < 15_000; ms += 10) {
      for (let n = 0; n < perSecond / 100; n += 1) meter.acknowledged()
      clock.advance(10)
    }
    return connection.closed.map(({ code }) => code)
  }

  it('of sixteen streams at full speed pass; ten seconds of a flood close the connection', () => {
    expect(closedAt(limits.ack.perSecond)).toEqual([])
    expect(closedAt(limits.ack.perSecond * 3)[0]).toBe(1008)
  })
})

describe('terminal input', () => {
  it('under the burst never waits; above it waits its turn, in order, and is never dropped', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date'] })
    try {
      const meter = createMeters({ now: Date.now })(makeConnection({ transport: 'websocket' }))
      const order: number[] = []
      const send = (n: number, bytes: number) =>
        meter.inputTurn(bytes).then((refusal) => refusal === null && order.push(n))
      void send(0, limits.input.burst)
      void send(1, 64 * 1024)
      void send(2, 1)
      void send(3, 64 * 1024)
      await vi.advanceTimersByTimeAsync(0)
      expect(order).toEqual([0])
      await vi.advanceTimersByTimeAsync(251)
      expect(order).toEqual([0, 1, 2])
      await vi.advanceTimersByTimeAsync(251)
      expect(order).toEqual([0, 1, 2, 3])
    } finally {
      vi.useRealTimers()
    }
  })

  it('far above its rate stops the connection from being read, and one that cannot stop is closed', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date'] })
    try {
      const calls: string[] = []
      const polite = makeConnection({
        transport: 'websocket',
        pause: () => void calls.push('pause'),
        resume: () => void calls.push('resume'),
      })
      const meterOf = createMeters({ now: Date.now })
      const meter = meterOf(polite)
      for (let n = 0; n < 4; n += 1) void meter.inputTurn(1024 * 1024)
      expect(calls).toContain('pause')
      await vi.advanceTimersByTimeAsync(20_000)
      expect(calls.at(-1)).toBe('resume')
      expect(polite.closed).toEqual([])

      const deaf = makeConnection({ transport: 'websocket' })
      const unbounded = meterOf(deaf)
      const last = Promise.all(Array.from({ length: 20 }, () => unbounded.inputTurn(1024 * 1024)))
      await vi.advanceTimersByTimeAsync(120_000)
      expect((await last).some((refusal) => refusal !== null)).toBe(true)
      expect(deaf.closed[0]).toMatchObject({ code: 1008 })
    } finally {
      vi.useRealTimers()
    }
  })

  it('pushed for ten seconds without waiting for answers closes with 1008, in order and with nothing dropped; a paced peer stays', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date'] })
    try {
      const KIB = 1024
      const meterOf = createMeters({ now: Date.now })
      const run = async (sendAheadBytes: number) => {
        let paused = false
        const connection = makeConnection({
          transport: 'websocket',
          pause: () => {
            paused = true
          },
          resume: () => {
            paused = false
          },
        })
        const meter = meterOf(connection)
        const done: number[] = []
        let sent = 0
        for (let ms = 0; ms < 30_000 && connection.closed.length === 0; ms += 50) {
          while (!paused && connection.closed.length === 0 && (sent - done.length) * 64 * KIB < sendAheadBytes) {
            const n = sent
            sent += 1
            meter.inputTurn(64 * KIB).then((refusal) => refusal === null && done.push(n))
          }
          await vi.advanceTimersByTimeAsync(50)
        }
        const at = Date.now()
        await vi.advanceTimersByTimeAsync(60_000)
        expect(done).toEqual(Array.from({ length: sent }, (_, n) => n))
        return { codes: connection.closed.map(({ code }) => code), at }
      }
      const start = Date.now()
      const flood = await run(Number.POSITIVE_INFINITY)
      expect(flood.codes).toEqual([1008])
      expect(flood.at - start).toBeGreaterThanOrEqual(limits.abuse.closeAfterMs)
      expect(flood.at - start).toBeLessThan(limits.abuse.closeAfterMs + 2_000)
      expect((await run(1024 * KIB)).codes).toEqual([])
    } finally {
      vi.useRealTimers()
    }
  })

  it('is counted by its bytes, whatever it looks like', () => {
    expect(inputBytes({ session: '', data: new Uint8Array(1000) })).toBe(1064)
    expect(inputBytes({ session: 'ab', text: 'xyz' })).toBe(69)
    expect(inputBytes({ keys: Array.from({ length: 10 }, () => 'a') })).toBe(704)
    expect(inputBytes(null)).toBe(64)
  })
})
