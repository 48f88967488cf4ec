import type { OutputEvent } from '@sallyport/contract/output'
import { JUMP_BEHIND_BYTES, OUTPUT_WINDOW_BYTES } from '@sallyport/contract/wire-limits'
import { type TrackedEnvelope, tracked } from '@trpc/server'
import type { Clock } from '../../api-dependencies.ts'
import { createAcknowledgeWindow } from './acknowledge-window.ts'
import type { CursorRead, OutputCursor } from './output-cursor.ts'
import type { SessionEntry } from './session-record.ts'
import { tailStart } from './stream-start.ts'
import type { Viewer } from './terminal.ts'

/** Half the window, so that the next frame is on its way while this one is being drawn. One that keeps up gets what there is: 64 KiB at most (SPEC O5). */
const FRAME_MAX_BYTES = OUTPUT_WINDOW_BYTES / 2
const MAX_TIMER_MS = 2 ** 31 - 1

export interface OutputStreamOptions {
  readonly session: SessionEntry
  readonly cursor: OutputCursor
  readonly clock: Clock
  readonly startOffset: number
  /** Stops here: the end of what was there, for a log that is not followed. */
  readonly stopOffset: number
  /** Stops at output after this time, ms since the epoch. */
  readonly untilMs: number | undefined
  /** An attached terminal jumps when it is far behind; a log never does. */
  readonly viewer: Viewer | undefined
}

type Step = OutputEvent | 'wait'
/** zod says ArrayBuffer where Buffer says ArrayBufferLike; nothing here is shared memory. */
type FrameBytes = Extract<OutputEvent, { kind: 'bytes' }>['bytes']

/**
 * One reader of one session: a cursor, a window of unacknowledged bytes, and nothing else. A slow client is a cursor that lags; what it has not read is
 * not in this process (SPEC O1, O2).
 */
export class OutputStream {
  readonly #options: OutputStreamOptions
  readonly #window = createAcknowledgeWindow(OUTPUT_WINDOW_BYTES)
  #position: number
  #woken = false
  #wakeWaiting: () => void = () => undefined

  constructor(options: OutputStreamOptions) {
    this.#options = options
    this.#position = options.startOffset
  }

  acknowledge(offset: number): void {
    this.#window.acknowledge(offset)
    this.wake()
  }

  wake(): void {
    this.#woken = true
    this.#wakeWaiting()
  }

  /**
   * Ends when the output does, and at once when `signal` aborts: the connection is gone, or the client has stopped the subscription. However it ends, `close`
   * is called.
   */
  async *events(signal: AbortSignal, close: () => Promise<void>): AsyncGenerator<TrackedEnvelope<OutputEvent>, void> {
    const wake = () => this.wake()
    const stopListening = this.#options.cursor.onAdvance(wake)
    const timer = this.#untilTimer(wake)
    signal.addEventListener('abort', wake)
    try {
      yield this.#envelope(this.#opened())
      while (!signal.aborted) {
        this.#woken = false
        const next = this.#step()
        // Every await is a trip through the microtask queue, and this runs once per frame and viewer.
        const step = next instanceof Promise ? await next : next
        if (signal.aborted) return
        if (step === 'wait') {
          if (!this.#woken) await this.#wakeUp()
        } else {
          yield this.#envelope(step)
          if (step.kind === 'end') return
        }
      }
    } finally {
      signal.removeEventListener('abort', wake)
      clearTimeout(timer)
      stopListening()
      await close()
    }
  }

  /** What is to be sent next, and the position moved past it. */
  #step(): Step | Promise<Step> {
    const { viewer, cursor, stopOffset } = this.#options
    const due = viewer?.events[0]
    if (viewer !== undefined && due !== undefined && due.at <= this.#position) {
      viewer.events.shift()
      return due.event
    }
    if (this.#position >= stopOffset) return this.#end(false)
    const limit = Math.min(stopOffset, due?.at ?? stopOffset, viewer?.holdAt ?? stopOffset)
    if (this.#window.room <= 0 || this.#position >= limit) return 'wait'
    const behind = cursor.end() - this.#position
    if (viewer !== undefined && behind > JUMP_BEHIND_BYTES) return this.#jump()
    // Viewers that are behind ask for the same pieces, wherever each of them began: then one read and one buffer serve them all.
    const frame = behind > FRAME_MAX_BYTES ? FRAME_MAX_BYTES - (this.#position % FRAME_MAX_BYTES) : FRAME_MAX_BYTES
    return this.#read(Math.min(frame, this.#window.room, limit - this.#position), limit)
  }

  #read(maxBytes: number, limit: number): Step | Promise<Step> {
    const read = this.#options.cursor.read(this.#position, maxBytes)
    return read instanceof Promise ? read.then((later) => this.#take(later, limit)) : this.#take(read, limit)
  }

  #take(read: CursorRead, limit: number): Step | Promise<Step> {
    switch (read.kind) {
      case 'bytes':
        return this.#bytes(read)
      case 'gap': {
        const to = Math.min(read.to, limit)
        this.#position = to
        return { kind: 'gap', from: read.from, to, reason: read.reason }
      }
      case 'wait':
        return this.#isPastUntil(this.#options.clock.now()) ? this.#end(false) : 'wait'
      case 'end':
        return this.#finish()
    }
  }

  #bytes(read: Extract<CursorRead, { kind: 'bytes' }>): Step | Promise<Step> {
    if (this.#isPastUntil(read.at)) return this.#end(false)
    if (this.#options.untilMs === undefined) return this.#send(read, read.bytes)
    return this.#untilCut(read.offset, read.bytes).then((bytes) => this.#send(read, bytes))
  }

  #send(read: Extract<CursorRead, { kind: 'bytes' }>, bytes: Uint8Array): OutputEvent {
    this.#window.sent(read.offset, bytes.byteLength)
    this.#position = read.offset + bytes.byteLength
    return { kind: 'bytes', offset: read.offset, bytes: bytes as FrameBytes, at: read.at }
  }

  async #jump(): Promise<OutputEvent> {
    const from = this.#position
    const to = Math.max(from, await tailStart(this.#options.cursor))
    const { viewer } = this.#options
    // Of the sizes on the way only the last one still matters.
    while (viewer !== undefined && (viewer.events[1]?.at ?? Number.POSITIVE_INFINITY) <= to) viewer.events.shift()
    this.#position = to
    return { kind: 'skipped', from, to }
  }

  /** The output is complete; a size that was due behind its end has to come before `end`. */
  #finish(): Step {
    const last = this.#options.viewer?.events.pop()
    if (last === undefined) return this.#end(true)
    if (this.#options.viewer !== undefined) this.#options.viewer.events.length = 0
    return last.event
  }

  #end(complete: boolean): OutputEvent {
    return { kind: 'end', offset: this.#position, complete }
  }

  #opened(): OutputEvent {
    const { session, cursor } = this.#options
    const { id, cols, rows } = session
    return {
      kind: 'opened',
      sessionId: id,
      offset: this.#position,
      end: Math.max(this.#position, cursor.end()),
      cols,
      rows,
    }
  }

  #envelope(event: OutputEvent): TrackedEnvelope<OutputEvent> {
    return tracked(String(this.#position), event)
  }

  #wakeUp(): Promise<void> {
    return new Promise((resolve) => {
      this.#wakeWaiting = resolve
    })
  }

  #isPastUntil(at: number): boolean {
    return this.#options.untilMs !== undefined && at > this.#options.untilMs
  }

  #untilTimer(wake: () => void): NodeJS.Timeout | undefined {
    const { untilMs, clock } = this.#options
    if (untilMs === undefined) return undefined
    return setTimeout(wake, Math.min(MAX_TIMER_MS, Math.max(0, untilMs - clock.now() + 1)))
  }

  /** The part of a frame that was printed in time. The log's marks are a second apart, so a frame rarely has two. */
  async #untilCut(offset: number, bytes: Uint8Array): Promise<Uint8Array> {
    const { log } = this.#options.cursor
    const isLate = async (index: number) => this.#isPastUntil((await log.timeAtOffset(offset + index)) ?? 0)
    if (!(await isLate(bytes.byteLength - 1))) return bytes
    let inTime = 1
    let late = bytes.byteLength - 1
    while (inTime < late) {
      const middle = (inTime + late) >>> 1
      if (await isLate(middle)) late = middle
      else inTime = middle + 1
    }
    return bytes.subarray(0, late)
  }
}
