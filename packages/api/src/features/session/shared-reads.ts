import type { LogRead } from '@sallyport/session-log/types'

/** Of the largest frames 4 MiB, as far as ten viewers of a flood drift apart (measured: with 1 MiB half of their reads miss, with this none). */
const MAX_KEPT = 32
/** For a viewer that is alone: what is kept for nobody grows old, and the garbage collector lets go of it late (V3). */
const MIN_KEPT = 4

type Read = (offset: number, maxBytes: number) => Promise<LogRead>

/**
 * Reads of one session's log, shared by viewers that are behind the tail and ask for the same bytes within a moment of each other: ten of them would
 * otherwise read, and hold, each byte ten times.
 */
export interface SharedReads {
  /** What `read` says, or full `maxBytes` that it said to another viewer. */
  read(offset: number, maxBytes: number, read: Read): Promise<LogRead>
}

export const createSharedReads = (): SharedReads => {
  /** By offset, the oldest first. */
  const kept = new Map<number, { readonly maxBytes: number; readonly result: Promise<LogRead> }>()

  let keepCount = MIN_KEPT

  return {
    read: async (offset, maxBytes, read) => {
      const known = kept.get(offset)
      if (known?.maxBytes === maxBytes) {
        const result = await known.result.catch(() => undefined)
        // Bytes never change. Everything else (an end, a gap, an error, fewer bytes) was true when that viewer asked, and may not be any more.
        if (isFull(result, maxBytes)) {
          keepCount = MAX_KEPT
          return result
        }
      }
      const entry = { maxBytes, result: read(offset, maxBytes) }
      kept.delete(offset)
      kept.set(offset, entry)
      keepCount = Math.max(MIN_KEPT, keepCount - 1)
      for (const oldest of kept.keys()) {
        if (kept.size <= keepCount) break
        kept.delete(oldest)
      }
      const forgetUnlessFull = (result: LogRead | undefined) => {
        if (!isFull(result, maxBytes) && kept.get(offset) === entry) kept.delete(offset)
      }
      entry.result.then(forgetUnlessFull, () => forgetUnlessFull(undefined))
      return entry.result
    },
  }
}

const isFull = (result: LogRead | undefined, maxBytes: number): result is LogRead & { kind: 'bytes' } =>
  result?.kind === 'bytes' && result.bytes.length === maxBytes
