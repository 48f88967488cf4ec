/** A clock that stands still until it is told to move: the only thing that tests fake. */
export interface FakeClock {
  now(): number
  advance(ms: number): void
}

export const createFakeClock = (startAt = Date.parse('2026-11-21T12:00:00Z')): FakeClock => {
  let now = startAt
  return {
    now: () => now,
    advance: (ms) => {
      now += ms
    },
  }
}
