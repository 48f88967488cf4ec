import type { Socket } from 'node:net'
import { encodeFrameHeader, frameType } from '@sallyport/keeper-protocol/frames'
import type { Session } from './session.ts'

/**
 * What may wait in the stream to the daemon; beyond it a watch falls behind and catches up when the stream has drained. All sessions share the stream, so this
 * is what the echo of a key waits for beside a flood (V4): 3 ms of it.
 */
export const STREAM_MAX_QUEUED_BYTES = 256 * 1024
const FRAME_BYTES = 64 * 1024

/**
 * One watched session: a cursor into its output that runs with the stream while the daemon reads, and falls behind when
 * it does not. A cursor costs nothing, whatever the session prints meanwhile.
 */
export interface OutputWatch {
  readonly session: Session
  /** New output; false when it was not sent, because the cursor is or falls behind. */
  onOutput(offset: number, bytes: Buffer): boolean
  /** Sends what the stream has room for; true when the cursor is at the end. */
  pump(): boolean
}

const sendFrame = (stream: Socket, header: Buffer, bytes?: Buffer) => {
  stream.cork()
  stream.write(header)
  if (bytes !== undefined) stream.write(bytes)
  // Both leave in one writev.
  stream.uncork()
}

export const createOutputWatch = (stream: Socket, session: Session, from: number): OutputWatch => {
  const { handle, log } = session
  let cursor = Math.min(from, log.end)
  let owesTip = true
  let saidComplete = false

  const hasRoom = () => stream.writableLength < STREAM_MAX_QUEUED_BYTES
  const send = (type: 1 | 2 | 3, offset: number, bytes?: Buffer) =>
    sendFrame(stream, encodeFrameHeader(type, handle, offset, bytes?.length ?? 0), bytes)

  const sendBytes = (offset: number, bytes: Buffer) => {
    send(frameType.output, offset, bytes)
    cursor = offset + bytes.length
  }

  const pump = (): boolean => {
    while (cursor < log.end) {
      if (!hasRoom()) {
        owesTip = true
        return false
      }
      const offset = Math.max(cursor, log.tail.start)
      const bytes = log.tail.readFrom(offset, FRAME_BYTES)
      // Never at an offset between the tail's start and the end.
      if (bytes === undefined || bytes.length === 0) throw new Error(`no output of ${session.id} at ${offset}`)
      sendBytes(offset, bytes)
    }
    if (owesTip) send(frameType.tip, log.end)
    owesTip = false
    if (session.isComplete && !saidComplete) send(frameType.complete, log.end)
    saidComplete = session.isComplete
    return true
  }

  return {
    session,
    onOutput: (offset, bytes) => {
      if (cursor === offset && hasRoom()) {
        sendBytes(offset, bytes)
        return true
      }
      owesTip = true
      return false
    },
    pump,
  }
}
