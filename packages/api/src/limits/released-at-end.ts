/** The same events, and `release` once they are over: by their end, an error, or a reader that leaves. No generator of its own: it costs a stream nothing. */
export const releasedAtEnd = (events: unknown, release: () => void): unknown => {
  if (!isAsyncIterable(events)) {
    release()
    return events
  }
  const iterator = events[Symbol.asyncIterator]()
  const watched = async (step: Promise<IteratorResult<unknown>>): Promise<IteratorResult<unknown>> => {
    let over = true
    try {
      const result = await step
      over = result.done === true
      return result
    } finally {
      if (over) release()
    }
  }
  return {
    next: () => watched(iterator.next()),
    return: (value?: unknown) => watched(iterator.return?.(value) ?? Promise.resolve({ done: true, value })),
    [Symbol.asyncIterator]() {
      return this
    },
  } satisfies AsyncIterableIterator<unknown>
}

const isAsyncIterable = (value: unknown): value is AsyncIterable<unknown> =>
  typeof value === 'object' && value !== null && Symbol.asyncIterator in value
