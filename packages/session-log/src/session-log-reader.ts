import { IndexReader } from './index-reader.ts'
import { findLastLines, findLineStart } from './line-scan.ts'
import { LogIndex } from './log-index.ts'
import { LogMap } from './log-map.ts'
import { timesOfSegments } from './repair.ts'
import { listSegments, type SegmentFile } from './segment-list.ts'
import { SegmentReader } from './segment-reader.ts'
import { type LogInfo, type LogRead, SessionLogError, type TerminalSize } from './types.ts'

/**
 * Opens the log of a session for reading, while a writer of another process appends to it or after it is gone. Nothing
 * on disk is changed. Rejects with SessionLogError when there is no such directory.
 */
export async function openSessionLog(directory: string): Promise<SessionLogReader> {
  const reader = new SessionLogReader(directory)
  await reader.refresh()
  return reader
}

/**
 * Any number of cursors may read through one reader at once. Every method rejects with SessionLogError when the
 * directory has become unreadable.
 */
export class SessionLogReader {
  readonly #directory: string
  readonly #segmentReader: SegmentReader
  readonly #indexReader: IndexReader
  #map = new LogMap([], new LogIndex())
  /** Times from the file system, for an index that has none. */
  #rebuilt: LogIndex | undefined
  #scanning: Promise<void> = Promise.resolve()
  #nextScan: Promise<void> | undefined

  /** Use `openSessionLog`. */
  constructor(directory: string) {
    this.#directory = directory
    this.#segmentReader = new SegmentReader(directory)
    this.#indexReader = new IndexReader(directory)
  }

  /** At most `maxBytes` bytes at `offset`, or why there are none. Looks at the directory only at the end of what it knows. */
  async read(offset: number, maxBytes: number): Promise<LogRead> {
    if (!Number.isSafeInteger(offset) || offset < 0) throw new RangeError(`not an offset: ${offset}`)
    if (!Number.isSafeInteger(maxBytes) || maxBytes < 1) throw new RangeError(`not a number of bytes: ${maxBytes}`)
    return (await this.#readKnown(offset, maxBytes)) ?? (await this.#readRefreshed(offset, maxBytes))
  }

  async info(): Promise<LogInfo> {
    await this.#refreshUnlessComplete()
    const { exit, complete, pausedFrom } = this.#indexReader.index
    return {
      start: this.#map.start,
      end: this.#map.end,
      complete,
      recordedBytes: this.#map.recordedBytes,
      droppedIndexRecords: this.#indexReader.droppedRecords,
      timesRebuilt: this.#rebuilt !== undefined,
      ...(exit !== undefined && { exit }),
      ...(pausedFrom !== undefined && { pausedFrom }),
    }
  }

  /**
   * Where to start so as to miss nothing printed at `timeMs` (epoch) or later, up to a second of earlier output
   * included; the end of the log when all of it is earlier.
   */
  async offsetAtTime(timeMs: number): Promise<number> {
    await this.#refreshUnlessComplete()
    return Math.max(this.#map.start, this.#times.offsetAt(timeMs) ?? this.#map.end)
  }

  /** When the byte at `offset` was printed, to the second, in milliseconds since the epoch. Undefined in an empty log. */
  async timeAtOffset(offset: number): Promise<number | undefined> {
    await this.#refreshBehindEnd(offset)
    return this.#times.timeAt(offset)
  }

  /** The size of the terminal for which the byte at `offset` was printed. */
  async sizeAtOffset(offset: number): Promise<TerminalSize | undefined> {
    await this.#refreshBehindEnd(offset)
    return this.#indexReader.index.sizeAt(offset)
  }

  /** Where the last `lines` lines begin; a last line without a newline counts. Memory is one block, whatever their length. */
  async offsetOfLastLines(lines: number): Promise<number> {
    await this.#refreshUnlessComplete()
    if (lines <= 0) return this.#map.end
    const segments = this.#map.segments
    return findLastLines(lines, segments, (start, position, bytes) => this.#readSegment(start, position, bytes))
  }

  /**
   * The first start of a line at or after `offset`, found within `maxScanBytes`; else `offset` itself, in the middle of
   * a line. The end of a gap is a start.
   */
  lineStartAtOrAfter(offset: number, maxScanBytes: number): Promise<number> {
    return findLineStart(offset, maxScanBytes, (at, maxBytes) => this.read(at, maxBytes))
  }

  async close(): Promise<void> {
    await this.#segmentReader.close()
  }

  /** A look at the directory that begins after this call: a scan under way may have missed what the caller knows of. */
  refresh(): Promise<void> {
    this.#nextScan ??= this.#scanning.then(() => {
      this.#nextScan = undefined
      const scan = this.#scan()
      this.#scanning = scan.catch(() => undefined)
      return scan
    })
    return this.#nextScan
  }

  get #times(): LogIndex {
    return this.#rebuilt ?? this.#indexReader.index
  }

  async #readKnown(offset: number, maxBytes: number): Promise<LogRead | undefined> {
    const place = this.#map.locate(offset)
    if (place.kind === 'gap') {
      // A hole between segments stays as it is. One at the end may be in motion, and its reason may come in a moment.
      const final = place.to < this.#map.bytesEnd && place.reason !== 'damaged'
      return final ? { ...place, from: offset } : undefined
    }
    if (place.kind === 'end') return this.#indexReader.index.complete ? place : undefined
    return this.#readBytes(offset, place, maxBytes)
  }

  async #readRefreshed(offset: number, maxBytes: number): Promise<LogRead> {
    // What a scan saw can be dropped or damaged before it is read; the next scan knows. Files do not change for ever.
    for (let attempt = 0; attempt < 3; attempt += 1) {
      await this.refresh()
      const place = this.#map.locate(offset)
      if (place.kind === 'gap') return { ...place, from: offset }
      if (place.kind === 'end') return place
      const read = await this.#readBytes(offset, place, maxBytes)
      if (read !== undefined) return read
    }
    throw new SessionLogError(`The log in ${this.#directory} cannot be read: its files change under the reader.`)
  }

  async #readBytes(
    offset: number,
    place: { readonly segmentStart: number; readonly position: number; readonly bytes: number },
    maxBytes: number,
  ): Promise<LogRead | undefined> {
    const wanted = Math.min(maxBytes, place.bytes)
    const bytes = await this.#readSegment(place.segmentStart, place.position, wanted)
    if (bytes === undefined || bytes.length === 0) return undefined
    return { kind: 'bytes', offset, bytes, at: this.#times.timeAt(offset) ?? 0 }
  }

  async #readSegment(segmentStart: number, position: number, maxBytes: number): Promise<Buffer | undefined> {
    try {
      return await this.#segmentReader.read(segmentStart, position, maxBytes)
    } catch (error) {
      throw unreadable(this.#directory, error)
    }
  }

  async #refreshUnlessComplete(): Promise<void> {
    if (!this.#indexReader.index.complete) await this.refresh()
  }

  async #refreshBehindEnd(offset: number): Promise<void> {
    if (offset >= this.#map.bytesEnd) await this.#refreshUnlessComplete()
  }

  async #scan(): Promise<void> {
    try {
      let segments = await listSegments(this.#directory)
      const { promisedEnd } = this.#indexReader.index
      await this.#indexReader.refresh()
      // The writer closes the log after its last byte. It may have done both since the listing.
      if (this.#indexReader.index.promisedEnd !== promisedEnd) segments = await listSegments(this.#directory)
      this.#take(segments)
      await this.#segmentReader.keepOnly(new Set(segments.map(({ start }) => start)))
    } catch (error) {
      throw unreadable(this.#directory, error)
    }
  }

  #take(segments: readonly SegmentFile[]): void {
    const { index } = this.#indexReader
    this.#map = new LogMap(segments, index)
    this.#rebuilt = undefined
    if (index.hasTimes || segments.length === 0) return
    this.#rebuilt = new LogIndex()
    for (const record of timesOfSegments(segments)) this.#rebuilt.add(record)
  }
}

function unreadable(directory: string, error: unknown): SessionLogError {
  if (error instanceof SessionLogError) return error
  const { code, message } = error as NodeJS.ErrnoException
  const what = code === 'ENOENT' ? 'it is not there (was it removed?)' : message
  return new SessionLogError(`The log in ${directory} cannot be read: ${what}`, { cause: error })
}
