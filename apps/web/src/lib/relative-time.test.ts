import { describe, expect, it } from 'vitest'
import { duration, relativeTime } from './relative-time.ts'

const now = Date.parse('2026-11-21T12:00:00Z')

describe('relativeTime', () => {
  it.each([
    ['2026-11-21T11:59:01Z', 'just now'],
    ['2026-11-21T11:59:00Z', '1 min ago'],
    ['2026-11-21T11:00:01Z', '59 min ago'],
    ['2026-11-21T11:00:00Z', '1 h ago'],
    ['2026-11-20T12:00:00Z', 'yesterday'],
    ['2026-11-18T12:00:00Z', '3 days ago'],
    ['2026-11-14T12:00:00Z', '2026-11-14'],
  ])('says %s as %s', (at, words) => {
    expect(relativeTime(at, now)).toBe(words)
  })

  it('does not speak of the future when the clocks differ', () => {
    expect(relativeTime('2026-11-21T12:00:30Z', now)).toBe('just now')
  })
})

describe('duration', () => {
  it.each([
    [0, '0 s'],
    [59_999, '59 s'],
    [60_000, '1 min'],
    [185_000, '3 min 5 s'],
    [7_800_000, '2 h 10 min'],
    [356_400_000, '4 d 3 h'],
  ])('says %i ms as %s', (ms, words) => {
    expect(duration(ms)).toBe(words)
  })
})
