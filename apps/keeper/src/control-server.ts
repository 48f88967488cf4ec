import { once } from 'node:events'
import { createServer, type IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { cborCodec } from '@sallyport/contract/codec'
import { FRAMES_PATH, FRAMES_UPGRADE } from '@sallyport/keeper-protocol/frames'
import type { KeeperRouter } from '@sallyport/keeper-protocol/keeper-router'
import { applyWSSHandler, type Encoder } from '@trpc/server/adapters/ws'
import { WebSocketServer } from 'ws'
import type { LogLine } from './log-line.ts'

const CONTROL_PATH = '/trpc'
/** A spawn carries at most 512 KiB of arguments and environment, and what of it is secret once more. */
const CONTROL_MAX_BYTES = 4 * 1024 * 1024
/** What a daemon that does not answer the closing handshake can delay the keeper's end. */
const CLOSE_GRACE_MS = 1000

export interface ControlServer {
  /** Serves an admitted connection. */
  serve(socket: Socket): void
  /** Says goodbye after the answers that are on their way. */
  close(): Promise<void>
}

export interface ControlServerOptions {
  readonly router: KeeperRouter
  readonly logLine: LogLine
  /** A connection that became the frame stream. Bytes that came with the upgrade were put back. */
  readonly onFrameStream: (stream: Socket) => void
}

/** Two things on one socket: the control verbs as tRPC over a WebSocket at /trpc, and the frame stream by an upgrade. */
export const createControlServer = ({ router, logLine, onFrameStream }: ControlServerOptions): ControlServer => {
  const http = createServer((_request, response) => {
    response.writeHead(404).end()
  })
  const webSockets = new WebSocketServer({ noServer: true, maxPayload: CONTROL_MAX_BYTES, perMessageDeflate: false })
  applyWSSHandler({
    wss: webSockets,
    router,
    experimental_encoder: cborCodec as Encoder,
    onError: ({ path, error }) => logLine(`${path ?? 'a call'} failed: ${error.code} ${error.message}`),
  })

  http.on('upgrade', (request: IncomingMessage, duplex: Duplex, head: Buffer) => {
    // node:http types it for TLS too; this server only ever gets Unix sockets.
    const stream = duplex as Socket
    if (request.url === FRAMES_PATH && request.headers.upgrade === FRAMES_UPGRADE) {
      stream.write(`HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: ${FRAMES_UPGRADE}\r\n\r\n`)
      if (head.length > 0) stream.unshift(head)
      onFrameStream(stream)
    } else if (request.url === CONTROL_PATH) {
      webSockets.handleUpgrade(request, stream, head, (webSocket) => webSockets.emit('connection', webSocket, request))
    } else stream.end('HTTP/1.1 404 Not Found\r\nConnection: close\r\n\r\n')
  })

  return {
    serve: (socket) => {
      http.emit('connection', socket)
      socket.resume()
    },
    close: async () => {
      const goodbyes = [...webSockets.clients].map(async (client) => {
        client.close(1001)
        await once(client, 'close', { signal: AbortSignal.timeout(CLOSE_GRACE_MS) }).catch(() => client.terminate())
      })
      await Promise.all(goodbyes)
    },
  }
}
