import { type IncomingMessage, STATUS_CODES } from 'node:http'
import type { Duplex } from 'node:stream'
import type { Log } from '@sallyport/api/api-dependencies'
import type { Connection } from '@sallyport/api/connection'
import { type Acknowledgement, isAcknowledgement } from '@sallyport/contract/acknowledgement'
import { CLOSE_POLICY } from '@sallyport/contract/close-code'
import { cborCodec } from '@sallyport/contract/codec'
import { getWSConnectionHandler } from '@trpc/server/adapters/ws'
import { type WebSocket, WebSocketServer } from 'ws'
import { baseHeaders } from './headers.ts'
import type { ServedApi } from './served-api.ts'
import { sendPayloadsUncopied } from './websocket-payload.ts'

/** W11, W16. */
export interface WebSocketLimits {
  readonly maxPayloadBytes: number
  readonly maxBatch: number
  readonly pingEveryMs: number
  /** Nothing heard for this long: the peer is gone. */
  readonly deadAfterMs: number
  /** What may wait in memory for a peer that asks and does not read. */
  readonly unreadMaxBytes: number
}

/** A peer that does not answer our close frame is cut off after this. */
const CLOSE_GRACE_MS = 2_000
const heartbeats: ReadonlySet<string> = new Set(['PING', 'PONG'])
/** RFC 6455 7.4.1. */
const CLOSE_UNSUPPORTED_DATA = 1003
const CLOSE_INVALID_DATA = 1007

/** Answers an upgrade that is refused, in HTTP: the WebSocket never opens. */
export const refuseUpgrade = (socket: Duplex, status: number, sentence: string): void => {
  const body = `${sentence}\n`
  const headers = {
    ...baseHeaders,
    'Content-Type': 'text/plain; charset=utf-8',
    'Content-Length': Buffer.byteLength(body),
    Connection: 'close',
  }
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`)
  socket.end(`HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}\r\n${lines.join('')}\r\n${body}`)
}

const closeSurely = (ws: WebSocket, code: number, reason: string): void => {
  if (ws.readyState !== ws.OPEN) return
  ws.close(code, reason)
  const timer = setTimeout(() => ws.terminate(), CLOSE_GRACE_MS)
  ws.once('close', () => clearTimeout(timer))
}

/** Ends peers that vanished without a word: a laptop that was closed holds its streams no longer than this. */
const watchPulse = (ws: WebSocket, { pingEveryMs, deadAfterMs }: WebSocketLimits): void => {
  const ping = setInterval(() => ws.ping(), pingEveryMs)
  const deadline = setTimeout(() => ws.terminate(), deadAfterMs)
  const alive = () => deadline.refresh()
  ws.on('pong', alive)
  ws.on('message', alive)
  ws.once('close', () => {
    clearInterval(ping)
    clearTimeout(deadline)
  })
}

/**
 * The encoder that tRPC gets for one connection. A frame that we do not accept closes the connection and yields no call: tRPC itself would answer each of
 * 20 000 calls in one frame. After the first such frame nothing is decoded any more, whatever is still in the buffer.
 */
const strictCodec = (
  ws: WebSocket,
  socket: Duplex,
  { maxBatch, unreadMaxBytes, onAcknowledgement }: WebSocketLimits & Pick<Acknowledgements, 'onAcknowledgement'>,
) => {
  let refused = false
  const refuse = (code: number, reason: string): [] => {
    refused = true
    closeSurely(ws, code, reason)
    return []
  }
  ws.on('message', (data: Buffer, isBinary) => {
    // A peer that asks and never reads the answers would have us keep them all.
    if (ws.bufferedAmount > unreadMaxBytes) ws.terminate()
    // tRPC's own heartbeat is text, and answered by it: a browser cannot see the pings of the protocol.
    else if (!isBinary && !refused && !heartbeats.has(data.toString('latin1', 0, 5)))
      refuse(CLOSE_UNSUPPORTED_DATA, 'binary frames only')
  })
  return {
    encode: sendPayloadsUncopied(ws, socket) as (message: unknown) => Uint8Array<ArrayBuffer>,
    decode: (data: string | ArrayBuffer | Uint8Array): unknown => {
      if (refused || typeof data === 'string') return []
      let message: unknown
      try {
        message = cborCodec.decode(data)
      } catch {
        // Whatever is wrong with it, it is the peer's doing, and the close code says so.
        return refuse(CLOSE_INVALID_DATA, 'not a message')
      }
      if (Array.isArray(message) && message.length > maxBatch)
        return refuse(CLOSE_POLICY, `at most ${maxBatch} calls in one frame`)
      if (!isAcknowledgement(message)) return message
      onAcknowledgement(message)
      return []
    },
  }
}

interface Acknowledgements {
  readonly onAcknowledge: NonNullable<Connection['onAcknowledge']>
  onAcknowledgement(message: Acknowledgement): void
}

/** Flow control of the streams of one connection: it never leaves it, so an id that somebody guessed on another one leads nowhere. */
const createAcknowledgements = (): Acknowledgements => {
  const listeners = new Map<string, (offset: number) => void>()
  return {
    onAcknowledge: (viewer, listener) => {
      listeners.set(viewer, listener)
      return () => {
        if (listeners.get(viewer) === listener) listeners.delete(viewer)
      }
    },
    onAcknowledgement: ({ viewer, offset }) => listeners.get(viewer)?.(offset),
  }
}

export interface UpgradeRequest {
  readonly request: IncomingMessage
  readonly socket: Duplex
  readonly head: Buffer
  readonly facts: Omit<Connection, 'close' | 'pause' | 'resume'>
}

export interface WebSocketListener {
  /** Speaks the handshake and serves the router. The caller has checked who may. */
  accept(upgrade: UpgradeRequest, api: ServedApi): void
  /** Says goodbye to every client (1001: they reconnect to the next daemon), then cuts off those that do not answer. */
  close(): void
}

/** Serves the whole router over WebSocket, CBOR only. One instance serves TCP and the Unix socket alike. */
export const createWebSocketListener = (limits: WebSocketLimits, log: Log): WebSocketListener => {
  // No perMessageDeflate: 64 % more CPU, and compressing secrets beside chosen text leaks them (CRIME).
  const server = new WebSocketServer({
    noServer: true,
    maxPayload: limits.maxPayloadBytes,
    perMessageDeflate: false,
    clientTracking: true,
  })

  const serve = (ws: WebSocket, { request, socket, facts }: UpgradeRequest, api: ServedApi): void => {
    const { onAcknowledge, onAcknowledgement } = createAcknowledgements()
    const connection: Connection = {
      ...facts,
      onAcknowledge,
      pause: () => ws.pause(),
      resume: () => ws.resume(),
      close: (code, reason) => closeSurely(ws, code, reason),
    }
    const closed = api.opened(connection)
    ws.once('close', closed)
    watchPulse(ws, limits)
    const handler = getWSConnectionHandler({
      wss: server,
      router: api.router,
      createContext: () => api.createContext(connection),
      experimental_encoder: strictCodec(ws, socket, { ...limits, onAcknowledgement }),
      maxBatchSize: limits.maxBatch,
      onError: ({ error, path, ctx }) => {
        // With a context the api has logged it already, under the reference that the client was given.
        if (ctx === undefined) log.error('a call failed', { path, error: error.cause ?? error })
      },
    })
    // tRPC reads `connectionParams=1` from the query and would then wait for a message that is not a call.
    request.url = '/trpc'
    handler(ws, request)
  }

  return {
    accept: (upgrade, api) =>
      server.handleUpgrade(upgrade.request, upgrade.socket, upgrade.head, (ws) => serve(ws, upgrade, api)),
    close: () => {
      for (const ws of server.clients) closeSurely(ws, 1001, 'the daemon stops')
      server.close()
    },
  }
}
