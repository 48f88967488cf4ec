import { CLOSE_POLICY } from '@sallyport/contract/close-code'
import type { Clock } from '../api-dependencies.ts'
import type { Connection } from '../connection.ts'
import { AppError } from '../errors.ts'
import { limits } from './limits.ts'
import { fullWindow, isFullWindow, reserveInWindow, takeFromWindow } from './rate-window.ts'
import { createSlots } from './slots.ts'

/** What one connection may still send (SPEC W16). */
export interface ConnectionMeter {
  /** Counts one call; the 429 when it is one too many. */
  refusal(): AppError | null
  /** Counts one acknowledgement. It is carried out all the same, because refusing one costs more than it does; whoever keeps it up over the limit is closed. */
  acknowledged(): void
  /** A place for one more stream, given back once however often it is released; the 503 when there is none. */
  subscription(path: string): { readonly release: () => void } | AppError
  /**
   * Resolves when these bytes of terminal input may go on, in the order of the calls: input is delayed, never dropped or reordered. The refusal is for a
   * peer that sends megabytes ahead of its rate on a connection that cannot stop reading.
   */
  inputTurn(bytes: number): Promise<AppError | null>
}

/**
 * One meter per WebSocket. Plain HTTP requests of one address share one, because every request is a connection of its own there; forgotten as soon as it
 * has refilled, so that many addresses do not grow the map.
 */
export const createMeters = (clock: Clock): ((connection: Connection) => ConnectionMeter) => {
  const byAddress = new Map<string, ReturnType<typeof createMeter>>()
  return (connection) => {
    if (connection.transport !== 'http') return createMeter(clock).bind(connection)
    let meter = byAddress.get(connection.address)
    if (meter === undefined) {
      for (const [address, idle] of byAddress) if (idle.isFull()) byAddress.delete(address)
      meter = createMeter(clock)
      byAddress.set(connection.address, meter)
    }
    return meter.bind(connection)
  }
}

/** W16: ten seconds over a limit close the connection. A peer that pauses when it is told to, or waits for its answers, never gets there. */
const createAbuseWatch = (): ((now: number) => boolean) => {
  let since: number | null = null
  let last = 0
  return (now) => {
    if (since === null || now - last > limits.abuse.calmMs) since = now
    last = now
    return now - since >= limits.abuse.closeAfterMs
  }
}

const subscriptionsOf = (path: string): number =>
  Object.entries(limits.subscriptions.perPath).find(([limited]) => limited === path)?.[1] ??
  limits.subscriptions.perConnection

const createMeter = (clock: Clock) => {
  let control = fullWindow(limits.control, clock.now())
  let acknowledgements = fullWindow(limits.ack, clock.now())
  let input = fullWindow(limits.input, clock.now())
  let queuedBytes = 0
  let tail: Promise<void> = Promise.resolve()
  const subscriptions = createSlots(limits.subscriptions.perConnection, subscriptionsOf)
  const callsOverLimit = createAbuseWatch()
  const acknowledgementsOverLimit = createAbuseWatch()
  const inputOverLimit = createAbuseWatch()

  const bind = (connection: Connection): ConnectionMeter => ({
    acknowledged: () => {
      const now = clock.now()
      const decision = takeFromWindow(acknowledgements, limits.ack, now)
      acknowledgements = decision.state
      if (!decision.allowed && acknowledgementsOverLimit(now))
        connection.close(CLOSE_POLICY, 'too many acknowledgements')
    },
    refusal: () => {
      const now = clock.now()
      const decision = takeFromWindow(control, limits.control, now)
      control = decision.state
      if (decision.allowed) return null
      if (callsOverLimit(now)) connection.close(CLOSE_POLICY, 'too many calls')
      const seconds = Math.max(1, Math.ceil(decision.retryAfterMs / 1000))
      return new AppError('too_many_requests', `Too many calls. Try again in ${seconds} s.`, {
        retryAfterSeconds: seconds,
      })
    },
    subscription: (path) => {
      const slot = subscriptions.take(path)
      if ('release' in slot) return slot
      return new AppError('at_capacity', 'This connection has too many streams open. Close one of them first.')
    },
    inputTurn: async (bytes) => {
      const now = clock.now()
      const { state, waitMs } = reserveInWindow(input, limits.input, now, bytes)
      input = state
      if (waitMs === 0 && queuedBytes === 0) return null
      queuedBytes += bytes
      if (queuedBytes >= limits.inputQueue.closeAtBytes) {
        // Not in the queue, so it must not count there either: a meter that several requests share goes on.
        queuedBytes -= bytes
        connection.close(CLOSE_POLICY, 'input far above the limit')
        return new AppError('too_many_requests', 'Too much input at once.', { retryAfterSeconds: 1 })
      }
      if (queuedBytes >= limits.inputQueue.pauseAtBytes) {
        connection.pause?.()
        if (inputOverLimit(now)) connection.close(CLOSE_POLICY, 'input above the limit for too long')
      }
      // Chained, not only delayed: two timers of the same millisecond must not swap two keystrokes.
      tail = Promise.all([tail, delay(waitMs)]).then(() => {
        queuedBytes -= bytes
        if (queuedBytes < limits.inputQueue.pauseAtBytes) connection.resume?.()
      })
      await tail
      return null
    },
  })

  const isFull = (): boolean => {
    const now = clock.now()
    return (
      queuedBytes === 0 &&
      isFullWindow(control, limits.control, now) &&
      isFullWindow(acknowledgements, limits.ack, now) &&
      isFullWindow(input, limits.input, now)
    )
  }
  return { bind, isFull }
}

const delay = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

/** Bytes of terminal input in a call that was not validated yet: whatever its shape, text and byte strings count. */
export const inputBytes = (input: unknown): number => {
  let bytes = limits.inputMinBytes
  if (typeof input !== 'object' || input === null) return bytes
  for (const value of Object.values(input)) {
    if (value instanceof Uint8Array) bytes += value.byteLength
    else if (typeof value === 'string') bytes += value.length
    else if (Array.isArray(value)) bytes += value.length * limits.inputMinBytes
  }
  return bytes
}
