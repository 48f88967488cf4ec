import { createFakeClock } from '@sallyport/testing/fake-clock'
import { expect, it } from 'vitest'
import { createFailedAttempts } from './failed-attempts.ts'

const rule = { max: 3, windowMs: 60_000 }
const setUp = () => {
  const clock = createFakeClock()
  const attempts = createFailedAttempts(clock, rule)
  const refusal = (key: string) => {
    try {
      attempts.begin(key)
      return null
    } catch (error) {
      return error
    }
  }
  return { clock, attempts, refusal }
}

it('as many as the rule says in any window, also when they come at its end', () => {
  const { clock, refusal } = setUp()
  clock.advance(59_000)
  for (let n = 0; n < 3; n += 1) expect(refusal('a')).toBeNull()
  expect(refusal('a')).toMatchObject({ errorCode: 'too_many_requests', retryAfterSeconds: 60 })
  clock.advance(30_000)
  expect(refusal('a')).toMatchObject({ retryAfterSeconds: 30 })
  expect(refusal('b')).toBeNull()
  // The refused ones cost nothing.
  clock.advance(30_000)
  for (let n = 0; n < 3; n += 1) expect(refusal('a')).toBeNull()
  expect(refusal('a')).not.toBeNull()
})

it('success gives the point back once, and never the point of somebody else', () => {
  const { clock, attempts, refusal } = setUp()
  const good = attempts.begin('a')
  clock.advance(1)
  attempts.begin('a')
  attempts.begin('a')
  good.succeeded()
  good.succeeded()
  expect(refusal('a')).toBeNull()
  expect(refusal('a')).not.toBeNull()

  const late = attempts.begin('b')
  clock.advance(rule.windowMs)
  for (let n = 0; n < 3; n += 1) attempts.begin('b')
  late.succeeded()
  expect(refusal('b')).not.toBeNull()
})

it('a clock that was set back ten hours neither opens a window nor closes it for longer than its length', () => {
  const { clock, attempts, refusal } = setUp()
  for (let n = 0; n < 3; n += 1) attempts.begin('a')
  clock.advance(-10 * 3_600_000)
  for (let waited = 0; waited < 6; waited += 1) {
    expect(refusal('a')).toMatchObject({ retryAfterSeconds: 60 - 10 * waited })
    clock.advance(10_000)
  }
  expect(refusal('a')).toBeNull()
})

it('a wait is in whole seconds, never none, and in words that a person reads', () => {
  const { clock, attempts, refusal } = setUp()
  for (let n = 0; n < 3; n += 1) attempts.begin('a')
  clock.advance(59_999)
  expect(refusal('a')).toMatchObject({ retryAfterSeconds: 1, message: expect.stringContaining('in 1 s.') })
})
