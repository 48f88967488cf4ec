/** Below this a chunk is copied into a block: a Buffer object costs about 200 bytes, more than a keystroke's echo. */
const SMALL_BYTES = 512
const BLOCK_BYTES = 4096

/**
 * A run of bytes at stream offsets [start, end), held as the Buffers that were pushed. Large chunks are referenced, not
 * copied; small ones are gathered in blocks, or a program that prints single characters would make 1 MiB weigh 200.
 * What was handed out once is never changed afterwards.
 */
export class ByteRope {
  #chunks: Buffer[] = []
  #start: number
  #end: number
  /** Room for small chunks behind the last chunk, when that one is a block of ours. */
  #block: Buffer | undefined

  constructor(startOffset: number) {
    this.#start = startOffset
    this.#end = startOffset
  }

  get start(): number {
    return this.#start
  }

  get end(): number {
    return this.#end
  }

  get byteLength(): number {
    return this.#end - this.#start
  }

  /** Bytes of the oldest chunk: what dropping it would give up. */
  get firstChunkBytes(): number {
    return this.#chunks[0]?.length ?? 0
  }

  get chunkCount(): number {
    return this.#chunks.length
  }

  /** Takes ownership: the caller must not write into `bytes` again. */
  push(bytes: Buffer): void {
    if (bytes.length === 0) return
    this.#end += bytes.length
    if (bytes.length < SMALL_BYTES) this.#pushSmall(bytes)
    else this.#pushLarge(bytes)
  }

  /** Gives up everything below `offset`. */
  dropBefore(offset: number): void {
    let whole = 0
    let first = this.#chunks[0]
    while (first !== undefined && this.#start + first.length <= offset) {
      this.#start += first.length
      whole += 1
      first = this.#chunks[whole]
    }
    if (whole > 0) this.#chunks.splice(0, whole)
    if (first === undefined) this.#block = undefined
    else if (offset > this.#start) {
      this.#chunks[0] = first.subarray(offset - this.#start)
      this.#start = offset
    }
  }

  /** Forgets all bytes and goes on at `offset`. */
  restartAt(offset: number): void {
    this.#chunks = []
    this.#block = undefined
    this.#start = offset
    this.#end = offset
  }

  /** Up to `maxBytes` bytes from `offset`, as views. The offset must lie in [start, end]. */
  slices(offset: number, maxBytes: number): Buffer[] {
    const slices: Buffer[] = []
    let chunkStart = this.#start
    let left = maxBytes
    for (const chunk of this.#chunks) {
      if (left <= 0) break
      const skip = Math.max(0, offset - chunkStart)
      if (skip < chunk.length) {
        const slice = chunk.subarray(skip, skip + left)
        slices.push(slice)
        left -= slice.length
      }
      chunkStart += chunk.length
    }
    return slices
  }

  #pushSmall(bytes: Buffer): void {
    const last = this.#chunks.length - 1
    const gathered = this.#chunks[last]
    if (this.#block !== undefined && gathered !== undefined) {
      const used = gathered.byteOffset - this.#block.byteOffset + gathered.length
      if (used + bytes.length <= this.#block.length) {
        bytes.copy(this.#block, used)
        this.#chunks[last] = this.#block.subarray(used - gathered.length, used + bytes.length)
        return
      }
    }
    // Its own allocation, not Node's pool: a pooled slice would pin 8 KiB of strangers.
    this.#block = Buffer.allocUnsafeSlow(BLOCK_BYTES)
    bytes.copy(this.#block)
    this.#chunks.push(this.#block.subarray(0, bytes.length))
  }

  #pushLarge(bytes: Buffer): void {
    const last = this.#chunks.length - 1
    const gathered = this.#chunks[last]
    // A block closed nearly empty would hold 4 KiB for a byte: alternating sizes must not grow the rope eightfold.
    if (this.#block !== undefined && gathered !== undefined && gathered.length < BLOCK_BYTES / 2) {
      const exact = Buffer.allocUnsafeSlow(gathered.length)
      gathered.copy(exact)
      this.#chunks[last] = exact
    }
    this.#block = undefined
    this.#chunks.push(bytes)
  }
}
