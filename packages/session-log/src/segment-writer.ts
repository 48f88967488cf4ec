import { type FileHandle, open, stat, unlink } from 'node:fs/promises'
import { FILE_MODE, segmentPath } from './layout.ts'
import type { SessionLogLimits } from './limits.ts'
import { listSegments } from './segment-list.ts'

type Written = { readonly start: number; bytes: number }

/** The write side of the segments: appends where the last one has room, opens the next, drops the oldest. */
export class SegmentWriter {
  readonly #directory: string
  readonly #limits: SessionLogLimits
  #written: Written[] = []
  #handle: FileHandle | undefined

  constructor(directory: string, limits: SessionLogLimits) {
    this.#directory = directory
    this.#limits = limits
  }

  /** First offset on disk; undefined while there is no segment. */
  get firstOffset(): number | undefined {
    return this.#written[0]?.start
  }

  /**
   * Takes up what an earlier writer left, so that the cap counts it. The next write opens a segment of its own: in place
   * of an empty one, which a writer leaves that dies between opening and writing.
   */
  async adopt(): Promise<void> {
    const found = await listSegments(this.#directory)
    this.#written = found.filter(({ bytes }) => bytes > 0).map(({ start, bytes }) => ({ start, bytes }))
  }

  /** Bytes that fit into the open segment; 0 when the next write needs a new one. */
  get room(): number {
    const open = this.#handle === undefined ? undefined : this.#written.at(-1)
    return open === undefined ? 0 : Math.max(0, this.#limits.segmentBytes - open.bytes)
  }

  /** Starts a segment at `startOffset` and drops the oldest to make room for it. True when something was dropped. */
  async begin(startOffset: number): Promise<boolean> {
    await this.end()
    const dropped = await this.#dropOldest()
    const handle = await open(segmentPath(this.#directory, startOffset), 'a', FILE_MODE)
    this.#handle = handle
    this.#written.push({ start: startOffset, bytes: 0 })
    const { size } = await handle.stat()
    // Names are offsets: a file that is already there with bytes in it would give them to the wrong place.
    if (size > 0) throw new Error(`segment ${startOffset} already has ${size} bytes`)
    return dropped
  }

  /** Bytes that are in the file now, possibly fewer than given. Rejects when not one went in. */
  async write(slices: readonly Buffer[]): Promise<number> {
    const open = this.#written.at(-1)
    if (this.#handle === undefined || open === undefined) throw new Error('no open segment')
    const { bytesWritten } = await this.#handle.writev(slices)
    if (bytesWritten === 0) throw new Error('the disk took no bytes and gave no reason')
    open.bytes += bytesWritten
    return bytesWritten
  }

  /** A file that was deleted while open still takes writes, and nobody would ever read them. */
  async isLinked(): Promise<boolean> {
    return this.#handle === undefined || (await this.#handle.stat()).nlink > 0
  }

  /** Closes the open segment, and removes it when it stayed empty. */
  async end(): Promise<void> {
    const handle = this.#handle
    this.#handle = undefined
    await handle?.close()
    const last = this.#written.at(-1)
    if (handle === undefined || last === undefined || last.bytes > 0) return
    this.#written.pop()
    const path = segmentPath(this.#directory, last.start)
    if (await isEmptyFile(path)) await unlink(path)
  }

  async #dropOldest(): Promise<boolean> {
    const { maxLogBytes, maxSegments, segmentBytes } = this.#limits
    let bytes = this.#written.reduce((sum, segment) => sum + segment.bytes, 0)
    let dropped = false
    for (;;) {
      const oldest = this.#written[0]
      if (oldest === undefined) return dropped
      if (bytes + segmentBytes <= maxLogBytes && this.#written.length < maxSegments) return dropped
      await removeIfThere(segmentPath(this.#directory, oldest.start))
      this.#written.shift()
      bytes -= oldest.bytes
      dropped = true
    }
  }
}

async function isEmptyFile(path: string): Promise<boolean> {
  return stat(path).then(
    ({ size }) => size === 0,
    () => false,
  )
}

async function removeIfThere(path: string): Promise<void> {
  await unlink(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw error
  })
}
