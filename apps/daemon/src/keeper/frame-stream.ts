import { request } from 'node:http'
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

const openSocket = (socketPath: string): Promise<{ socket: Socket; head: Buffer }> =>
  new Promise((resolve, reject) => {
    const call = request({
      createConnection: () => connect({ path: socketPath }),
      path: FRAMES_PATH,
      headers: { Host: 'localhost', Connection: 'Upgrade', Upgrade: FRAMES_UPGRADE },
      timeout: CONNECT_TIMEOUT_MS,
    })
    call.once('upgrade', (_response, socket, head) => {
      socket.setTimeout(0)
      resolve({ socket: socket as Socket, head })
    })
    call.once('response', (response) => {
      response.resume()
      reject(new Error(`the keeper answered ${response.statusCode} to the frame stream`))
    })
    call.once('timeout', () => call.destroy(new Error('the keeper does not answer')))
    call.once('error', reject)
    call.end()
  })

/** Opens the stream; `onFrame` gets views into what was read, valid for as long as it holds them. */
export const openFrameStream = async (socketPath: string, onFrame: (frame: Frame) => void): Promise<FrameStream> => {
  const { socket, head } = await openSocket(socketPath)
  const decode = createFrameDecoder(onFrame)
  const feed = (chunk: Buffer): void => {
    try {
      decode(chunk)
    } catch (error) {
      // A keeper that we do not understand: the close tells everybody, and the connection is made anew.
      socket.destroy(error as Error)
    }
  }
  socket.on('error', () => socket.destroy())
  if (head.length > 0) feed(head)
  socket.on('data', feed)

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
