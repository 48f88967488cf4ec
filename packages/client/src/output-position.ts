import type { OutputEvent } from '@sallyport/contract/output'

type BytesEvent = Extract<OutputEvent, { kind: 'bytes' }>

/** Bytes of the session from `offset` on. `answerable`: this terminal, and no other, answers the queries in them (SPEC O10). */
export interface OutputChunk {
  readonly offset: number
  readonly bytes: Uint8Array
  /** When the first byte was recorded, ms since the epoch. */
  readonly at: number
  readonly answerable: boolean
}

/**
 * Where a reader is in the stream. The daemon promises no gap and no duplicate; this is the reader's own check of it, so that no mistake on
 * the way (a resumed stream that begins too early) is ever drawn.
 */
export class OutputPosition {
  /** Of the next byte; undefined until the stream has begun. */
  next: number | undefined
  #answersFrom: number | null = null

  answersFrom(offset: number | null): void {
    this.#answersFrom = offset
  }

  /** The new part of an event, in one piece, or two where this terminal begins to answer. */
  take(event: BytesEvent): OutputChunk[] {
    const end = event.offset + event.bytes.byteLength
    const from = Math.max(event.offset, this.next ?? event.offset)
    if (from >= end) return []
    this.next = end
    const cut = Math.min(end, Math.max(from, this.#answersFrom ?? end))
    const piece = (start: number, stop: number, answerable: boolean): OutputChunk => ({
      offset: start,
      bytes: event.bytes.subarray(start - event.offset, stop - event.offset),
      at: event.at,
      answerable,
    })
    return [...(from < cut ? [piece(from, cut, false)] : []), ...(cut < end ? [piece(cut, end, true)] : [])]
  }

  /** Bytes before `to` will not come. False: they are behind us already. */
  jump(to: number): boolean {
    if (this.next !== undefined && to <= this.next) return false
    this.next = to
    return true
  }
}
