import { expect, test } from 'vitest'
import { restartDelayMs } from './restart-delay.ts'

test('the first death costs nothing, one after another costs more, and a sound life forgets them', () => {
  const delays: number[] = []
  let shortLives = 0
  for (let death = 0; death < 10; death += 1) {
    const next = restartDelayMs({ failed: false, livedMs: 10, shortLives })
    shortLives = next.shortLives
    delays.push(next.delayMs)
  }
  expect(delays).toEqual([0, 200, 400, 800, 1600, 3200, 6400, 10_000, 10_000, 10_000])
  expect(restartDelayMs({ failed: false, livedMs: 60_000, shortLives })).toEqual({ delayMs: 0, shortLives: 0 })
  expect(restartDelayMs({ failed: true, livedMs: 60_000, shortLives: 0 }).delayMs).toBe(100)
})
