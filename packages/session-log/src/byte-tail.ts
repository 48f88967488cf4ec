import { ByteRope } from './byte-rope.ts'

/**
 * The last `maxBytes` of a stream in memory (and at most one chunk more: chunks are let go whole). The keeper holds one
 * per session, the daemon one per watched session: live viewers read here and never touch the disk.
 */
export class ByteTail {
  readonly #rope: ByteRope
  readonly #maxBytes: number

  /** `startOffset`: the stream offset of the first byte that will be pushed. */
  constructor(maxBytes: number, startOffset = 0) {
    this.#maxBytes = maxBytes
    this.#rope = new ByteRope(startOffset)
  }

  get start(): number {
    return this.#rope.start
  }

  get end(): number {
    return this.#rope.end
  }

  /** Buffers that hold the bytes: what the tail costs beside them. */
  get chunkCount(): number {
    return this.#rope.chunkCount
  }

  /** Takes ownership: the caller must not write into `bytes` again. */
  push(bytes: Buffer): void {
    this.#rope.push(bytes)
    while (this.#rope.byteLength - this.#rope.firstChunkBytes >= this.#maxBytes) {
      this.#rope.dropBefore(this.#rope.start + this.#rope.firstChunkBytes)
    }
  }

  /**
   * At most `maxBytes` bytes from `offset`; empty at `end`; undefined for an offset that is no longer, or not yet, here.
   * A read that falls into one chunk is a view of it, without a copy.
   */
  readFrom(offset: number, maxBytes: number): Buffer | undefined {
    if (offset < this.#rope.start || offset > this.#rope.end) return undefined
    const slices = this.#rope.slices(offset, maxBytes)
    const [only] = slices
    return slices.length === 1 && only !== undefined ? only : Buffer.concat(slices)
  }
}
