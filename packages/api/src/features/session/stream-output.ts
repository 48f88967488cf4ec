import type { TrackedEnvelope } from '@trpc/server'
import { z } from 'zod'

/**
 * Output schemas of subscriptions. Every event is checked on its way out like the answer of a query; terminal bytes only by their type, which costs the same
 * for one byte and for 64 KiB.
 */
export const eventStream = <T extends z.ZodType>(event: T) =>
  z
    .custom<AsyncIterable<z.output<T>>>(isAsyncIterable)
    .transform((events) => checked(events, (value) => event.parse(value)))

export const trackedStream = <T extends z.ZodType>(event: T) =>
  z
    .custom<AsyncIterable<TrackedEnvelope<z.output<T>>>>(isAsyncIterable)
    .transform((events) =>
      checked(events, ([id, value, mark]): TrackedEnvelope<z.output<T>> => [id, event.parse(value), mark]),
    )

const isAsyncIterable = (value: unknown): boolean =>
  typeof value === 'object' && value !== null && Symbol.asyncIterator in value

/** By hand, not a generator: each of those on the way costs every event a few promises, and ten viewers of a flood get 16 000 events a second. */
const checked = <In, Out>(events: AsyncIterable<In>, check: (event: In) => Out): AsyncIterable<Out> => ({
  [Symbol.asyncIterator]: () => {
    const iterator = events[Symbol.asyncIterator]()
    return {
      next: () =>
        iterator
          .next()
          .then((result) =>
            result.done ? { done: true, value: undefined } : { done: false, value: check(result.value) },
          ),
      return: async () => {
        await iterator.return?.()
        return { done: true, value: undefined }
      },
    }
  },
})
