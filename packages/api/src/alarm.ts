import type { Clock } from './api-dependencies.ts'

/** setTimeout fires at once for more than 2^31 - 1 ms, which is less than the 30 days that an auth session may last. */
const MAX_TIMEOUT_MS = 2 ** 31 - 1

/** Calls back at a time, one at most; setting it again moves it. Does not keep a stopping daemon alive. */
export interface Alarm {
  /** ms since the epoch; null: never. */
  set(at: number | null): void
}

export const createAlarm = (clock: Clock, ring: () => void): Alarm => {
  let timer: NodeJS.Timeout | undefined

  const arm = (at: number): void => {
    const leftMs = at - clock.now()
    const waitMs = Math.min(Math.max(0, leftMs), MAX_TIMEOUT_MS)
    timer = setTimeout(() => (at <= clock.now() ? ring() : arm(at)), waitMs).unref()
  }

  return {
    set: (at) => {
      clearTimeout(timer)
      if (at !== null) arm(at)
    },
  }
}
