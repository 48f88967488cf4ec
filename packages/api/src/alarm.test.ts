import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { createAlarm } from './alarm.ts'

const DAY = 24 * 3_600_000

beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date'] }))
afterEach(() => void vi.useRealTimers())

it('rings after 30 days, which is more than setTimeout can count, and not before', () => {
  const ring = vi.fn()
  createAlarm({ now: Date.now }, ring).set(Date.now() + 30 * DAY)
  vi.advanceTimersByTime(30 * DAY - 1)
  expect(ring).not.toHaveBeenCalled()
  vi.advanceTimersByTime(1)
  expect(ring).toHaveBeenCalledOnce()
})

it('moves when it is set again, and is silent when it is taken away', () => {
  const ring = vi.fn()
  const alarm = createAlarm({ now: Date.now }, ring)
  alarm.set(Date.now() + 1000)
  alarm.set(Date.now() + 5000)
  vi.advanceTimersByTime(4999)
  expect(ring).not.toHaveBeenCalled()
  alarm.set(null)
  vi.advanceTimersByTime(DAY)
  expect(ring).not.toHaveBeenCalled()
})

it('for a time that has passed rings at once', () => {
  const ring = vi.fn()
  createAlarm({ now: Date.now }, ring).set(Date.now() - DAY)
  vi.advanceTimersByTime(0)
  expect(ring).toHaveBeenCalledOnce()
})
