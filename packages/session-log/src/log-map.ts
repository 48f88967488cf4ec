import type { LogIndex } from './log-index.ts'
import type { SegmentFile } from './segment-list.ts'
import type { GapReason } from './types.ts'

export type Place =
  | { readonly kind: 'bytes'; readonly segmentStart: number; readonly position: number; readonly bytes: number }
  | { readonly kind: 'gap'; readonly to: number; readonly reason: GapReason }
  | { readonly kind: 'end'; readonly end: number }

/** What lies where in one log: a picture of the directory at one moment. Pure. */
export class LogMap {
  readonly segments: readonly SegmentFile[]
  readonly #index: LogIndex

  /** `segments`: ascending. */
  constructor(segments: readonly SegmentFile[], index: LogIndex) {
    // A file that grew into its successor's range is not ours: the name says where a segment starts, the next where it ends.
    this.segments = segments.map((segment, position) => {
      const next = segments[position + 1]
      const room = next === undefined ? Number.POSITIVE_INFINITY : next.start - segment.start
      return segment.bytes <= room ? segment : { ...segment, bytes: room }
    })
    this.#index = index
  }

  get start(): number {
    return this.segments.find(({ bytes }) => bytes > 0)?.start ?? this.end
  }

  /** End of the last segment. */
  get bytesEnd(): number {
    const last = this.segments.at(-1)
    return last === undefined ? 0 : last.start + last.bytes
  }

  /** Where the stream had got to: the index can know of output behind the last byte that was kept. */
  get end(): number {
    return Math.max(this.bytesEnd, this.#index.promisedEnd)
  }

  get recordedBytes(): number {
    return this.segments.reduce((sum, { bytes }) => sum + bytes, 0)
  }

  /** The segment that starts last at or before `offset`. */
  segmentAt(offset: number): SegmentFile | undefined {
    return this.segments.findLast(({ start }) => start <= offset)
  }

  locate(offset: number): Place {
    const segment = this.segmentAt(offset)
    if (segment !== undefined && offset < segment.start + segment.bytes) {
      const position = offset - segment.start
      return { kind: 'bytes', segmentStart: segment.start, position, bytes: segment.bytes - position }
    }
    const next = this.segments.find(({ start, bytes }) => start > offset && bytes > 0)
    const to = next?.start ?? this.end
    return offset < to ? this.#gap(offset, to) : { kind: 'end', end: this.end }
  }

  /** The first part of a hole that has one reason. */
  #gap(from: number, to: number): Place {
    const cut = this.#index.cutWithin(from, to)
    if (cut?.from === from) return { kind: 'gap', to: cut.to, reason: 'paused' }
    // In front of everything that is left, the cap took it; a cut that lies in there went with it.
    if (this.segments.length > 0 && from < this.start && this.start === to)
      return { kind: 'gap', to, reason: 'dropped' }
    return { kind: 'gap', to: cut?.from ?? to, reason: 'damaged' }
  }
}
