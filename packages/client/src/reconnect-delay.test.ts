import { expect, test } from 'vitest'
import { reconnectDelayMs } from './reconnect-delay.ts'

const timing = { retryMs: 250, maxRetryMs: 10_000 }

test('the first try is immediate, the later ones wait longer and longer, up to the bound', () => {
  expect(reconnectDelayMs(0, timing, 0.99)).toBe(0)
  expect([1, 2, 3, 6, 7, 1000].map((attempt) => reconnectDelayMs(attempt, timing, 0.999999))).toEqual([
    250, 500, 1000, 8000, 10_000, 10_000,
  ])
})

test('two clients of one daemon do not wait equally long', () => {
  expect(reconnectDelayMs(4, timing, 0)).toBe(1000)
  expect(reconnectDelayMs(4, timing, 0.5)).toBe(1500)
})
