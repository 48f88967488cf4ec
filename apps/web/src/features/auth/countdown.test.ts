import { afterEach, expect, it, vi } from 'vitest'
import { createCountdown } from './countdown.ts'

afterEach(() => vi.useRealTimers())

it('the countdown ends when the time is there, also when the machine slept through its ticks', () => {
  vi.useFakeTimers({ now: 0 })
  const { left, start } = createCountdown()
  expect(left()).toBe(0)
  start(90)
  expect(left()).toBe(90)
  vi.advanceTimersByTime(30_000)
  expect(left()).toBe(60)
  vi.setSystemTime(10 * 60_000)
  vi.advanceTimersByTime(1000)
  expect(left()).toBe(0)
  expect(vi.getTimerCount()).toBe(0)
})

it('a longer wait replaces the one that is counted', () => {
  vi.useFakeTimers({ now: 0 })
  const { left, start } = createCountdown()
  start(5)
  start(60)
  vi.advanceTimersByTime(5000)
  expect(left()).toBe(55)
})
