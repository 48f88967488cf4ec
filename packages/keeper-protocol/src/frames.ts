/**
 * The bytes of sessions between keeper and daemon: one full-duplex stream of frames, all integers big-endian.
 *
 *     type u8 · session u32 · offset u64 · length u32 · bytes
 *
 * It is opened by an HTTP/1.1 upgrade on the keeper's socket (`GET /frames`, `Upgrade: sallyport-frames`). Only watched sessions are pushed. When the daemon
 * reads too slowly the keeper stops pushing and sends TIP once the stream has drained; the daemon reads what it missed from the log.
 */
export const FRAME_HEADER_BYTES = 17
export const FRAME_MAX_BYTES = 256 * 1024
export const FRAMES_PATH = '/frames'
export const FRAMES_UPGRADE = 'sallyport-frames'

export const frameType = {
  /** keeper → daemon: output; `offset` is that of the first byte. */
  output: 1,
  /** keeper → daemon: the stream's end is at `offset`; bytes before it that were not pushed are in the log. */
  tip: 2,
  /** keeper → daemon: the output is complete and ends at `offset`. Follows the TIP when a session that has ended is watched. */
  complete: 3,
  /**
   * daemon → keeper: input for the session; `offset` is 0. When a program does not read, the keeper stops reading this stream for a moment, and then
   * drops what is beyond 2 MiB for that program, so that one stuck program does not hold back the keys of the others.
   */
  input: 4,
  /** daemon → keeper: push this session from `offset` (or from the oldest byte in memory, if that is later), then TIP, then what comes. */
  watch: 5,
  /** daemon → keeper: stop pushing. */
  unwatch: 6,
} as const
export type FrameType = (typeof frameType)[keyof typeof frameType]

export interface Frame {
  readonly type: number
  readonly session: number
  readonly offset: number
  readonly bytes: Buffer
}

/** The 17 bytes before `length` bytes of payload; write header and payload with one writev (`cork`), never by copying. */
export const encodeFrameHeader = (type: FrameType, session: number, offset: number, length: number): Buffer => {
  const header = Buffer.allocUnsafe(FRAME_HEADER_BYTES)
  header[0] = type
  header.writeUInt32BE(session, 1)
  header.writeUInt32BE(Math.floor(offset / 0x1_0000_0000), 5)
  header.writeUInt32BE(offset % 0x1_0000_0000, 9)
  header.writeUInt32BE(length, 13)
  return header
}

/** Below this a payload may come from Node's pool: an allocation of its own costs more than it weighs. */
const SMALL_BYTES = 512

/**
 * Splits a byte stream into frames; feed it chunks as they come. Every payload is a buffer of its own, filled in place: a frame of 64 KiB never comes in one
 * read, and the caller may use the chunk's memory again.
 * @throws RangeError on a frame longer than FRAME_MAX_BYTES: the peer is broken or hostile, close the stream.
 */
export const createFrameDecoder = (onFrame: (frame: Frame) => void): ((chunk: Buffer) => void) => {
  const header = Buffer.allocUnsafeSlow(FRAME_HEADER_BYTES)
  let headerFilled = 0
  let payload: Buffer | undefined
  let filled = 0

  const begin = (): Buffer => {
    const length = header.readUInt32BE(13)
    if (length > FRAME_MAX_BYTES) throw new RangeError(`frame of ${length} bytes`)
    filled = 0
    return length < SMALL_BYTES ? Buffer.allocUnsafe(length) : Buffer.allocUnsafeSlow(length)
  }

  return (chunk) => {
    let at = 0
    while (at < chunk.length) {
      if (payload === undefined) {
        const copied = chunk.copy(header, headerFilled, at)
        headerFilled += copied
        at += copied
        if (headerFilled < FRAME_HEADER_BYTES) return
        payload = begin()
      }
      const copied = chunk.copy(payload, filled, at)
      filled += copied
      at += copied
      if (filled < payload.length) return
      const bytes = payload
      payload = undefined
      headerFilled = 0
      onFrame({
        type: header[0] ?? 0,
        session: header.readUInt32BE(1),
        offset: header.readUInt32BE(5) * 0x1_0000_0000 + header.readUInt32BE(9),
        bytes,
      })
    }
  }
}
