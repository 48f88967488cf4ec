import { writeNow } from './native.ts'
import type { WritableWatch } from './writable-watch.ts'

/** What one session's program may leave unread before the daemon is held back. A paste of 1 MiB passes without a pause. */
export const INPUT_HIGH_BYTES = 2 * 1024 * 1024
const INPUT_LOW_BYTES = INPUT_HIGH_BYTES / 2
/**
 * One stream carries the input of all sessions, so holding the daemon back holds everybody's keys back. A slow reader
 * deserves that for a moment; a program that has taken nothing for this long is stuck, and then only its own input is
 * refused, as a terminal drops what is typed into a full line.
 */
const STUCK_AFTER_MS = 2000

/** Small pieces are gathered in blocks of this size: a key that waits must not keep a Buffer, and what it is a view of, alive. */
const GATHER_BYTES = 4096

export interface InputQueue {
  /** Takes ownership of `bytes`. False: the program is stuck and its queue full, the bytes were dropped. */
  push(bytes: Uint8Array): boolean
  /** True while whoever sends the input should wait. */
  readonly congested: boolean
  readonly queuedBytes: number
  close(): void
}

export interface InputQueueOptions {
  readonly fd: number
  readonly watch: WritableWatch
  readonly onCongestionChange: (congested: boolean) => void
}

/** Writes input to a terminal in order, without blocking and without losing what the program has not read yet. */
export const createInputQueue = ({ fd, watch, onCongestionChange }: InputQueueOptions): InputQueue => {
  let queue: Uint8Array[] = []
  /** The last piece of the queue, when it is a block of ours with room behind it. */
  let gathering: { readonly block: Uint8Array; used: number } | undefined
  let queuedBytes = 0
  let congested = false
  let stuck = false
  let closed = false
  let stuckTimer: NodeJS.Timeout | undefined

  const setCongested = (now: boolean) => {
    clearTimeout(stuckTimer)
    if (now) stuckTimer = setTimeout(giveUp, STUCK_AFTER_MS)
    if (congested === now) return
    congested = now
    onCongestionChange(now)
  }
  const giveUp = () => {
    stuck = true
    setCongested(false)
  }

  const onWritten = (count: number) => {
    queuedBytes -= count
    stuck = false
    if (congested) setCongested(queuedBytes > INPUT_LOW_BYTES)
  }

  const flush = () => {
    while (queue.length > 0) {
      const first = queue[0] as Uint8Array
      const count = writeNow(fd, first)
      if (count === undefined) return close()
      if (count > 0) onWritten(count)
      if (count < first.byteLength) {
        queue[0] = first.subarray(count)
        watch.wait(fd, flush)
        return
      }
      queue.shift()
    }
  }

  const enqueue = (bytes: Uint8Array) => {
    queuedBytes += bytes.byteLength
    if (queue.length === 0 || bytes.byteLength >= GATHER_BYTES) {
      gathering = undefined
      queue.push(bytes)
      return
    }
    if (gathering === undefined || gathering.used + bytes.byteLength > GATHER_BYTES) {
      gathering = { block: new Uint8Array(GATHER_BYTES), used: 0 }
      queue.push(gathering.block.subarray(0, 0))
    }
    const last = queue[queue.length - 1] as Uint8Array
    const start = gathering.used - last.byteLength
    gathering.block.set(bytes, gathering.used)
    gathering.used += bytes.byteLength
    queue[queue.length - 1] = gathering.block.subarray(start, gathering.used)
  }

  const close = () => {
    if (closed) return
    closed = true
    watch.forget(fd)
    queue = []
    gathering = undefined
    queuedBytes = 0
    setCongested(false)
  }

  return {
    get congested() {
      return congested
    },
    get queuedBytes() {
      return queuedBytes
    },
    push: (bytes) => {
      if (closed || bytes.byteLength === 0) return !closed
      if (stuck && queuedBytes + bytes.byteLength > INPUT_HIGH_BYTES) return false
      const idle = queue.length === 0
      enqueue(bytes)
      if (idle) flush()
      if (queuedBytes > INPUT_HIGH_BYTES && !congested && !closed) setCongested(true)
      return true
    },
    close,
  }
}
