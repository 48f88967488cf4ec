import { connectionFailure } from './connection-errors.ts'
import { errorData } from './error-data.ts'

export interface SubscriptionEnds {
  /** The daemon ended it, without an error. */
  stopped(): void
  failed(error: unknown): void
}

export interface EndlessOptions {
  /** Subscribes; called again after every end. Returns what unsubscribes. */
  readonly start: (ends: SubscriptionEnds) => () => void
  /** It ended, and another attempt follows. */
  readonly interrupted: () => void
  /** An error that another attempt would meet again. */
  readonly failed: (error: unknown) => void
}

export interface EndlessSubscription {
  /** An event came: the daemon is well, and the next end is not one of a series. */
  healthy(): void
  stop(): void
}

const retryMs = 250
const maxRetryMs = 5_000
/** About a minute: a daemon that starts needs a second or two for its database and its keeper. */
const maxAttempts = 16

/** What a daemon says that has just started, or is full until the streams of a dead connection are noticed. */
const temporary = new Set(['unavailable', 'at_capacity', 'too_many_requests'])

/**
 * A subscription that is meant to last. A lost connection is the link's matter; this is for a daemon that ends the stream while it shuts down, or
 * refuses it for a moment after it came back. The first refusal of a stream that never began is final: somebody waits for it.
 */
export const subscribeEndlessly = (options: EndlessOptions): EndlessSubscription => {
  let everHealthy = false
  let attempt = 0
  let stopped = false
  let timer: ReturnType<typeof setTimeout> | undefined
  let unsubscribe: (() => void) | undefined

  const again = (afterMs: number): void => {
    if (stopped || timer !== undefined) return
    attempt += 1
    options.interrupted()
    timer = setTimeout(begin, Math.max(afterMs, Math.min(maxRetryMs, retryMs * 2 ** (attempt - 1))))
  }

  const begin = (): void => {
    timer = undefined
    // An end that was reported late must not start a second stream.
    let current = true
    unsubscribe = options.start({
      stopped: () => {
        if (current) again(0)
        current = false
      },
      failed: (error) => {
        if (!current || stopped) return
        current = false
        const data = errorData(error)
        const mayRetry = data !== undefined && temporary.has(data.code) && connectionFailure(error) === undefined
        if (everHealthy && mayRetry && attempt < maxAttempts) again((data.retryAfterSeconds ?? 0) * 1000)
        else {
          stopped = true
          // Not within `start`: the caller does not hold what we return yet.
          queueMicrotask(() => options.failed(error))
        }
      },
    })
    if (stopped) unsubscribe()
  }

  begin()
  return {
    healthy: () => {
      everHealthy = true
      attempt = 0
    },
    stop: () => {
      stopped = true
      clearTimeout(timer)
      unsubscribe?.()
    },
  }
}
