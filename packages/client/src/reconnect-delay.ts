export interface RetryTiming {
  /** Upper bound of the second wait; the first try is immediate, each later bound doubles. */
  readonly retryMs: number
  readonly maxRetryMs: number
}

/**
 * How long to wait before attempt n (0 is the first after a loss): nothing, then a random time below a doubling bound, so that the pages of
 * one daemon do not all come back in the same millisecond. `random` is in [0, 1).
 */
export const reconnectDelayMs = (attempt: number, timing: RetryTiming, random: number): number => {
  if (attempt === 0) return 0
  const bound = Math.min(timing.maxRetryMs, timing.retryMs * 2 ** Math.min(attempt - 1, 16))
  return Math.round(bound / 2 + (bound / 2) * random)
}
