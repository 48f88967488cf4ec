import { scanBlockBytes } from './limits.ts'
import type { SegmentFile } from './segment-list.ts'
import type { LogRead } from './types.ts'

const NEWLINE = 10

/** Bytes of a segment at a position in it; undefined when the segment is gone. */
type ReadSegment = (segmentStart: number, position: number, bytes: number) => Promise<Buffer | undefined>

/**
 * Start of the last `lines` lines (at least 1), going back block by block through all segments and over the holes
 * between them; the start of what there is when that is fewer.
 */
export async function findLastLines(
  lines: number,
  segments: readonly SegmentFile[],
  read: ReadSegment,
): Promise<number> {
  const last = segments.at(-1)
  const end = last === undefined ? 0 : last.start + last.bytes
  let left = lines
  let earliest = end
  for (const segment of segments.toReversed()) {
    let position = segment.bytes
    while (position > 0) {
      const blockStart = Math.max(0, position - scanBlockBytes)
      const block = await read(segment.start, blockStart, position - blockStart)
      if (block === undefined) return earliest
      for (let at = block.lastIndexOf(NEWLINE); at !== -1; at = at === 0 ? -1 : block.lastIndexOf(NEWLINE, at - 1)) {
        const lineStart = segment.start + blockStart + at + 1
        // The newline that ends the last line starts no line yet.
        if (lineStart === end) continue
        left -= 1
        if (left === 0) return lineStart
      }
      position = blockStart
      earliest = segment.start + blockStart
    }
  }
  return earliest
}

/** First start of a line in [offset, offset + maxScanBytes], or `offset` when there is none. */
export async function findLineStart(
  offset: number,
  maxScanBytes: number,
  read: (offset: number, maxBytes: number) => Promise<LogRead>,
): Promise<number> {
  if (offset === 0) return 0
  // A newline right before the offset makes the offset itself a start.
  let at = offset - 1
  const limit = offset + maxScanBytes
  while (at < limit) {
    const found = await read(at, Math.min(scanBlockBytes, limit - at))
    if (found.kind === 'end') return offset
    if (found.kind === 'gap') return Math.max(offset, found.to)
    const newline = found.bytes.indexOf(NEWLINE)
    if (newline !== -1) return at + newline + 1
    at += found.bytes.length
  }
  return offset
}
