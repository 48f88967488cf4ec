import { WRITE_MAX_BYTES } from '@sallyport/contract/wire-limits'
import { ConnectionLostError, QueueFullError } from './connection-errors.ts'

/** Input that was sent and not answered yet, beyond which more waits here: a paste of 10 MB must not fill the socket's buffer. */
const windowBytes = 1024 * 1024
const queueMaxBytes = 64 * 1024 * 1024

interface Piece {
  readonly data: Uint8Array
  readonly answersOffset: number | undefined
  readonly resolve: () => void
  readonly reject: (error: unknown) => void
}

/**
 * Keys leave at once, without waiting for the answer to the last one; only a mass of input is held back. The order is that of the calls.
 * `send` returns undefined while there is no terminal to type into.
 */
export class OutputInput {
  readonly #send: (data: Uint8Array, answersOffset: number | undefined) => Promise<unknown> | undefined
  #queue: Piece[] = []
  #queuedBytes = 0
  #underWayBytes = 0

  constructor(send: (data: Uint8Array, answersOffset: number | undefined) => Promise<unknown> | undefined) {
    this.#send = send
  }

  /** Resolves when the daemon has taken all of it; rejects with ConnectionLostError when some of it may be lost. Nothing is ever sent twice. */
  async write(data: Uint8Array, answersOffset?: number): Promise<void> {
    if (this.#queuedBytes + data.byteLength > queueMaxBytes) throw new QueueFullError()
    const pieces: Promise<void>[] = []
    for (let start = 0; start < data.byteLength; start += WRITE_MAX_BYTES) {
      const piece = data.subarray(start, start + WRITE_MAX_BYTES)
      pieces.push(
        new Promise((resolve, reject) => {
          this.#queue.push({ data: piece, answersOffset, resolve, reject })
          this.#queuedBytes += piece.byteLength
        }),
      )
    }
    this.#flush()
    await Promise.all(pieces)
  }

  /** The terminal on the other side is gone: what was typed for it must not reach the next one. */
  discard(): void {
    const queue = this.#queue
    this.#queue = []
    this.#queuedBytes = 0
    for (const piece of queue) piece.reject(new ConnectionLostError(false))
  }

  #flush(): void {
    while (this.#queue.length > 0 && this.#underWayBytes < windowBytes) {
      const piece = this.#queue.shift()
      if (piece === undefined) return
      this.#queuedBytes -= piece.data.byteLength
      const answer = this.#send(piece.data, piece.answersOffset)
      if (answer === undefined) {
        piece.reject(new ConnectionLostError(false))
        continue
      }
      this.#underWayBytes += piece.data.byteLength
      answer.then(
        () => {
          this.#landed(piece)
          piece.resolve()
        },
        (error: unknown) => {
          this.#landed(piece)
          piece.reject(error)
        },
      )
    }
  }

  #landed(piece: Piece): void {
    this.#underWayBytes -= piece.data.byteLength
    this.#flush()
  }
}
