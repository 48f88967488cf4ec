import { connect, type Socket } from 'node:net'
import {
  createFrameDecoder,
  encodeFrameHeader,
  FRAME_MAX_BYTES,
  FRAMES_PATH,
  FRAMES_UPGRADE,
  type Frame,
  frameType,
} from '@sallyport/keeper-protocol/frames'

/** The bytes of all sessions to and from one keeper. */
export interface FrameStream {
  /** True while the stream takes more without queueing. The bytes are not copied: the caller leaves them alone. */
  input(handle: number, bytes: Uint8Array): boolean
  watch(handle: number, from: number): void
  unwatch(handle: number): void
  onDrain(listener: () => void): void
  onClose(listener: () => void): void
  destroy(): void
}

const CONNECT_TIMEOUT_MS = 10_000
const ANSWER_MAX_BYTES = 16 * 1024
const ANSWER_END = '\r\n\r\n'
/** One read takes this much: a flood then costs a fifth of the reads, and none of them a buffer. */
const READ_BYTES = 256 * 1024

/**
 * The upgrade by hand, because Node's HTTP client has to read the socket itself: every 64 KiB into a new buffer. `onBytes` gets a view that the next read
 * overwrites.
 */
const openSocket = (socketPath: string, onBytes: (bytes: Buffer) => void): Promise<Socket> =>
  new Promise((resolve, reject) => {
    const buffer = Buffer.allocUnsafeSlow(READ_BYTES)
    /** What came of the answer; undefined once it is complete. */
    let answer: Buffer | undefined = Buffer.alloc(0)

    const onAnswer = (soFar: Buffer, bytes: Buffer): void => {
      answer = Buffer.concat([soFar, bytes])
      const end = answer.indexOf(ANSWER_END)
      if (end === -1 && answer.length < ANSWER_MAX_BYTES) return
      const statusLine = answer.toString('latin1', 0, answer.indexOf('\r\n'))
      if (end === -1 || !statusLine.startsWith('HTTP/1.1 101 ')) {
        socket.destroy(new Error(`the keeper answered "${statusLine}" to the frame stream`))
        return
      }
      const rest = answer.subarray(end + ANSWER_END.length)
      answer = undefined
      clearTimeout(timer)
      socket.off('error', reject)
      socket.off('close', onClose)
      resolve(socket)
      if (rest.length > 0) onBytes(rest)
    }
    const callback = (count: number): boolean => {
      const bytes = buffer.subarray(0, count)
      if (answer === undefined) onBytes(bytes)
      else onAnswer(answer, bytes)
      return true
    }
    const onClose = (): void => {
      clearTimeout(timer)
      reject(new Error('the keeper closed the frame stream'))
    }
    const socket = connect({ path: socketPath, onread: { buffer, callback } })
    const timer = setTimeout(() => socket.destroy(new Error('the keeper does not answer')), CONNECT_TIMEOUT_MS)
    socket.once('error', reject)
    socket.once('close', onClose)
    const headers = ['Host: localhost', 'Connection: Upgrade', `Upgrade: ${FRAMES_UPGRADE}`]
    socket.write(`GET ${FRAMES_PATH} HTTP/1.1\r\n${headers.join('\r\n')}${ANSWER_END}`)
  })

/** Opens the stream; every frame that `onFrame` gets holds a buffer of its own. */
export const openFrameStream = async (socketPath: string, onFrame: (frame: Frame) => void): Promise<FrameStream> => {
  const decode = createFrameDecoder(onFrame)
  let broken: Error | undefined
  const socket = await openSocket(socketPath, (bytes) => {
    try {
      if (broken === undefined) decode(bytes)
    } catch (error) {
      // A keeper that we do not understand: the close tells everybody, and the connection is made anew.
      broken = error as Error
      setImmediate(() => socket.destroy(broken))
    }
  })
  socket.on('error', () => socket.destroy())

  return {
    input: (handle, bytes) => {
      let taken = true
      socket.cork()
      for (let at = 0; at < bytes.byteLength; at += FRAME_MAX_BYTES) {
        const piece = bytes.subarray(at, at + FRAME_MAX_BYTES)
        socket.write(encodeFrameHeader(frameType.input, handle, 0, piece.byteLength))
        taken = socket.write(piece)
      }
      socket.uncork()
      return taken
    },
    watch: (handle, from) => void socket.write(encodeFrameHeader(frameType.watch, handle, from, 0)),
    unwatch: (handle) => void socket.write(encodeFrameHeader(frameType.unwatch, handle, 0, 0)),
    onDrain: (listener) => void socket.on('drain', listener),
    onClose: (listener) => void socket.once('close', listener),
    destroy: () => void socket.destroy(),
  }
}
