import { type FileHandle, open } from 'node:fs/promises'
import { segmentPath } from './layout.ts'
import { maxOpenSegments } from './limits.ts'

type OpenSegment = { readonly handle: Promise<FileHandle>; users: number }

/** Positional reads from segment files, over a few descriptors that stay open, the least recently used closed first. */
export class SegmentReader {
  readonly #directory: string
  /** In order of last use. */
  readonly #open = new Map<number, OpenSegment>()

  constructor(directory: string) {
    this.#directory = directory
  }

  /** Up to `maxBytes` from `position` in the segment; shorter at its end; undefined when the file is gone. */
  async read(segmentStart: number, position: number, maxBytes: number): Promise<Buffer | undefined> {
    const segment = this.#take(segmentStart)
    try {
      const handle = await segment.handle
      const bytes = Buffer.allocUnsafe(maxBytes)
      const { bytesRead } = await handle.read(bytes, 0, maxBytes, position)
      // Nothing where the directory says something: the name may stand for another file by now.
      if (bytesRead === 0) this.#forget(segmentStart, segment)
      return bytes.subarray(0, bytesRead)
    } catch (error) {
      this.#forget(segmentStart, segment)
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
      throw error
    } finally {
      segment.users -= 1
      if (segment.users === 0 && this.#open.get(segmentStart) !== segment) void closeQuietly(segment)
      this.#closeSurplus()
    }
  }

  /** Closes the files of segments that were dropped, so that their disk space is free at last. */
  async keepOnly(segmentStarts: ReadonlySet<number>): Promise<void> {
    for (const [start, segment] of this.#open) {
      if (segmentStarts.has(start) || segment.users > 0) continue
      this.#open.delete(start)
      await closeQuietly(segment)
    }
  }

  /** A file that is being read is closed by the read. */
  async close(): Promise<void> {
    const idle = [...this.#open.values()].filter(({ users }) => users === 0)
    this.#open.clear()
    await Promise.all(idle.map(closeQuietly))
  }

  #take(segmentStart: number): OpenSegment {
    const segment = this.#open.get(segmentStart) ?? {
      handle: open(segmentPath(this.#directory, segmentStart), 'r'),
      users: 0,
    }
    segment.users += 1
    this.#open.delete(segmentStart)
    this.#open.set(segmentStart, segment)
    return segment
  }

  /** The last of its readers closes it. */
  #forget(segmentStart: number, segment: OpenSegment): void {
    if (this.#open.get(segmentStart) === segment) this.#open.delete(segmentStart)
  }

  #closeSurplus(): void {
    for (const [start, segment] of this.#open) {
      if (this.#open.size <= maxOpenSegments) return
      if (segment.users > 0) continue
      this.#open.delete(start)
      void closeQuietly(segment)
    }
  }
}

/** A file that never opened has told its reader so already. */
async function closeQuietly({ handle }: OpenSegment): Promise<void> {
  await handle.then(
    (opened) => opened.close(),
    () => undefined,
  )
}
