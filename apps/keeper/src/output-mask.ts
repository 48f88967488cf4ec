import { HOLD_BACK_MS, type Masker } from '@sallyport/session-log/masking/masker'
import { BLOCK_BYTES } from './output-coalescer.ts'

/** Between the coalescer and the log of a session that has secrets. Sessions without have none of it. */
export interface OutputMask {
  /** Takes ownership of `bytes`. */
  push(bytes: Buffer): void
  /** The program is not read: its silence says nothing, and what is held back stays so. */
  pause(): void
  /** It is read again, and what is held back waits as if its last byte had just come. */
  resume(): void
  /** Emits what is held back and forgets the secrets. No byte may follow. */
  end(): void
}

export interface OutputMaskOptions {
  readonly masker: Masker
  /** Gets buffers of at most BLOCK_BYTES that nobody writes into, in order. */
  readonly emit: (bytes: Buffer) => void
  /** Pushes what was read and is still on its way here, now. */
  readonly pushGathered: () => void
  /** Monotonic, in ms. */
  readonly now: () => number
}

/** Gives the masker the time, and its output the shape that log and stream want. Only time in which the program was read counts as its silence. */
export const createOutputMask = ({ masker, emit, pushGathered, now }: OutputMaskOptions): OutputMask => {
  let timer: NodeJS.Timeout | undefined
  let afterReads: NodeJS.Immediate | undefined
  let paused = false
  let readingSince = Number.NEGATIVE_INFINITY

  const passOn = (pieces: readonly Buffer[]) => {
    // A block full of secrets comes in thousands of pieces, each of which would be a frame; and masks can be longer than
    // what they replace, so that together they do not fit into one.
    const bytes = pieces.length === 1 ? (pieces[0] as Buffer) : Buffer.concat(pieces)
    for (let at = 0; at < bytes.length; at += BLOCK_BYTES) emit(bytes.subarray(at, at + BLOCK_BYTES))
  }

  const dueAt = () => {
    const at = masker.dueAt()
    return at === null ? null : Math.max(at, readingSince + HOLD_BACK_MS)
  }

  const stopWaiting = () => {
    clearTimeout(timer)
    clearImmediate(afterReads)
    timer = undefined
    afterReads = undefined
  }

  /** One timer, left alone while bytes keep coming: when it fires too early it is set to what is left. */
  const awaitDue = () => {
    const at = dueAt()
    if (at === null || paused || afterReads !== undefined) return
    timer ??= setTimeout(onDue, Math.max(1, Math.ceil(at - now())))
  }
  /** After a stall (swap, SIGSTOP, a loop that was busy) timers come before the reads: the rest of a secret may lie in the terminal since long. */
  const onDue = () => {
    timer = undefined
    afterReads = setImmediate(onReadsDone)
  }
  const onReadsDone = () => {
    afterReads = undefined
    pushGathered()
    const at = dueAt()
    if (at !== null && now() >= at) passOn(masker.flush(now()))
    awaitDue()
  }

  return {
    push: (bytes) => {
      passOn(masker.push(bytes, now()))
      awaitDue()
    },
    pause: () => {
      paused = true
      stopWaiting()
    },
    resume: () => {
      if (!paused) return
      paused = false
      readingSince = now()
      awaitDue()
    },
    end: () => {
      stopWaiting()
      passOn(masker.end())
    },
  }
}
