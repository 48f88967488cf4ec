import type { Clock } from '../api-dependencies.ts'
import { type AttemptRule, type Attempts, givenBack, stillCounting, waitMs } from './attempt-window.ts'
import { createBoundedMap } from './bounded-map.ts'
import { limits } from './limits.ts'
import { tooManyAttempts } from './too-many-attempts.ts'

export interface StartedAttempt {
  /** Gives the point back, once. */
  succeeded(): void
}

/**
 * Bounds wrong guesses per key (an address group, an account, an auth session). A point is taken at the start and given back on success: a hundred guesses at
 * once would otherwise all be under way before the first one counts. A refused attempt costs nothing.
 */
export interface FailedAttempts {
  /** Throws the 429. */
  begin(key: string): StartedAttempt
}

export const createFailedAttempts = (clock: Clock, rule: AttemptRule): FailedAttempts => {
  const windows = createBoundedMap<Attempts>(limits.maxRemembered)

  return {
    begin: (key) => {
      const now = clock.now()
      const counting = stillCounting(windows.get(key) ?? [], rule, now)
      const wait = waitMs(counting, rule, now)
      // Kept when it refuses too: a clock that was set back must not count from a later now at each try.
      windows.set(key, wait > 0 ? counting : [...counting, now])
      if (wait > 0) throw tooManyAttempts(wait)

      let isGivenBack = false
      return {
        succeeded: () => {
          if (isGivenBack) return
          isGivenBack = true
          windows.set(key, givenBack(windows.get(key) ?? [], now))
        },
      }
    },
  }
}
