import type { Clock } from '../api-dependencies.ts'
import { AppError } from '../errors.ts'
import { fullWindow, isFullWindow, type RateRule, type RateState, takeFromWindow } from './rate-window.ts'

/**
 * Bounds wrong guesses per address. A point is taken at the start and given back on success: a hundred guesses at once would otherwise all be under way before
 * the first one counts.
 */
export interface FailedAttempts {
  /** Throws the 429. */
  begin(address: string): { succeeded(): void }
}

export const createFailedAttempts = (clock: Clock, rule: RateRule): FailedAttempts => {
  const windows = new Map<string, RateState>()

  return {
    begin: (address) => {
      const now = clock.now()
      for (const [key, state] of windows) if (isFullWindow(state, rule, now)) windows.delete(key)
      const decision = takeFromWindow(windows.get(address) ?? fullWindow(rule, now), rule, now)
      windows.set(address, decision.state)
      if (!decision.allowed) {
        const retryAfterSeconds = Math.ceil(decision.retryAfterMs / 1000)
        throw new AppError('too_many_requests', `Too many wrong attempts. Try again in ${retryAfterSeconds} s.`, {
          retryAfterSeconds,
        })
      }
      return {
        succeeded: () => {
          const state = windows.get(address)
          if (state !== undefined) windows.set(address, { ...state, tokens: Math.min(rule.burst, state.tokens + 1) })
        },
      }
    },
  }
}
