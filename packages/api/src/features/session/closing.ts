import type { Log } from '../../api-dependencies.ts'

/** What one stream has taken, given back together and once. */
export interface Closing {
  add(closer: () => void | Promise<void>): void
  /** Idempotent; what is added later is closed at once. */
  readonly close: () => Promise<void>
}

/** Closes when `signal` aborts as well as when told: a generator that was never started runs no `finally`. */
export const createClosing = (signal: AbortSignal, log: Log): Closing => {
  const closers: (() => void | Promise<void>)[] = []
  let closed = signal.aborted

  const close = async (): Promise<void> => {
    closed = true
    signal.removeEventListener('abort', onAbort)
    // All begin synchronously: a slot is free the moment its connection is gone.
    await Promise.all(closers.splice(0).map((closer) => closer()))
  }
  const onAbort = () => {
    close().catch((error: unknown) => log.warn('a stream was not closed cleanly', { error }))
  }
  signal.addEventListener('abort', onAbort)

  return {
    close,
    add: (closer) => {
      closers.push(closer)
      if (closed) onAbort()
    },
  }
}

/** Whatever ends it: its end, an error, or a reader that leaves. */
export async function* closeAfter<T>(events: AsyncIterable<T>, close: () => Promise<void>): AsyncGenerator<T, void> {
  try {
    yield* events
  } finally {
    await close()
  }
}
