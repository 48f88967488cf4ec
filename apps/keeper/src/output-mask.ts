import type { Masker } from '@sallyport/session-log/masking/masker'
import { BLOCK_BYTES } from './output-coalescer.ts'

/** Between the coalescer and the log of a session that has secrets. Sessions without have none of it. */
export interface OutputMask {
  /** Takes ownership of `bytes`. */
  push(bytes: Buffer): void
  /** Emits what is held back and forgets the secrets. No byte may follow. */
  end(): void
}

export interface OutputMaskOptions {
  readonly masker: Masker
  /** Gets buffers of at most BLOCK_BYTES that nobody writes into, in order. */
  readonly emit: (bytes: Buffer) => void
  /** Monotonic, in ms. */
  readonly now: () => number
}

/** Gives the masker the time, and its output the shape that log and stream want. */
export const createOutputMask = ({ masker, emit, now }: OutputMaskOptions): OutputMask => {
  let timer: NodeJS.Timeout | undefined

  const passOn = (pieces: readonly Buffer[]) => {
    // A block full of secrets comes in thousands of pieces, each of which would be a frame; and masks can be longer than
    // what they replace, so that together they do not fit into one.
    const bytes = pieces.length === 1 ? (pieces[0] as Buffer) : Buffer.concat(pieces)
    for (let at = 0; at < bytes.length; at += BLOCK_BYTES) emit(bytes.subarray(at, at + BLOCK_BYTES))
  }

  /** One timer, left alone while bytes keep coming: when it fires too early it is set to what is left. */
  const awaitDue = () => {
    const dueAt = masker.dueAt()
    if (dueAt !== null) timer ??= setTimeout(onDue, Math.max(1, Math.ceil(dueAt - now())))
  }
  const onDue = () => {
    timer = undefined
    passOn(masker.flush(now()))
    awaitDue()
  }

  return {
    push: (bytes) => {
      passOn(masker.push(bytes, now()))
      awaitDue()
    },
    end: () => {
      clearTimeout(timer)
      passOn(masker.end())
    },
  }
}
