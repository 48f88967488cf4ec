import { randomUUID } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import type { Log } from '@sallyport/api/api-dependencies'
import { limits } from '@sallyport/api/limits/limits'
import { listenUnix } from '@sallyport/unix-socket/listen'
import { pathOf } from './connection-facts.ts'
import { setBaseHeaders } from './headers.ts'
import { type Health, serveHealth } from './health.ts'
import type { HttpTimeouts } from './http.ts'
import type { DoorRefusal, ServedApi } from './served-api.ts'
import { refuseUpgrade, type WebSocketListener } from './websocket.ts'

export interface UnixListenerOptions {
  readonly path: string
  readonly timeouts: HttpTimeouts
  readonly webSocket: WebSocketListener
  readonly health: Health
  readonly api: () => Promise<ServedApi>
  readonly log: Log
  readonly onRefused: (refusal: DoorRefusal) => void
}

export interface UnixHttpListener {
  close(): Promise<void>
}

const ONLY_HOST = 'localhost'

/**
 * W4. A browser cannot open this socket, but a proxy that somebody put before it can carry a browser's request here, where everybody is `local`. Programs
 * of ours send none of these.
 */
const lookForwarded = ({ rawHeaders, headers }: IncomingMessage): boolean =>
  headers.origin !== undefined ||
  headers.referer !== undefined ||
  headers.host !== ONLY_HOST ||
  rawHeaders.filter((name, index) => index % 2 === 0 && name.toLowerCase() === 'host').length !== 1

const FORWARDED = 'The socket serves programs of this user, not browsers or proxies.'

/** The CLI's way in: the same router over the same WebSocket handler, on a socket that only this uid can open (W1, W2). */
export const listenOnUnixSocket = async (options: UnixListenerOptions): Promise<UnixHttpListener> => {
  const peerPids = new WeakMap<object, number | undefined>()
  const server = createServer({
    headersTimeout: options.timeouts.headersMs,
    requestTimeout: options.timeouts.requestMs,
    connectionsCheckingInterval: options.timeouts.checkEveryMs,
    maxHeaderSize: limits.http.maxHeaderBytes,
    requireHostHeader: false,
  })
  // Node starts to look at the timeouts when a server listens. This one never does: it is handed its connections.
  server.emit('listening')

  server.on('request', (request: IncomingMessage, response: ServerResponse) => {
    setBaseHeaders(response)
    if (lookForwarded(request)) {
      options.onRefused({ kind: 'request', peer: 'unix', reason: 'forwarded', target: null })
      response.writeHead(403, { 'Content-Type': 'text/plain', Connection: 'close' }).end(`${FORWARDED}\n`)
      return
    }
    if (!serveHealth(pathOf(request), response, options.health)) {
      response.writeHead(404, { 'Content-Type': 'text/plain' }).end('Calls go over the WebSocket at /trpc.\n')
    }
  })

  const onUpgrade = async (request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> => {
    socket.on('error', () => socket.destroy())
    if (lookForwarded(request)) {
      options.onRefused({ kind: 'request', peer: 'unix', reason: 'forwarded', target: null })
      return refuseUpgrade(socket, 403, FORWARDED)
    }
    if (pathOf(request) !== '/trpc') return refuseUpgrade(socket, 404, 'Calls go to /trpc.')
    const api = await options.api()
    if (socket.destroyed) return
    const facts = {
      id: randomUUID(),
      transport: 'unix' as const,
      address: 'unix',
      peerAddress: 'unix',
      viaTrustedProxy: false,
      peerPid: peerPids.get(socket) ?? null,
      directLoopback: false,
      userAgent: request.headers['user-agent'] ?? '',
      cookieToken: undefined,
      signInToken: undefined,
      deviceToken: undefined,
    }
    options.webSocket.accept({ request, socket, head, facts }, api)
  }
  server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    onUpgrade(request, socket, head).catch((error) => {
      options.log.error('an upgrade failed', { error })
      refuseUpgrade(socket, 503, 'The daemon cannot serve calls right now; its log says why.')
    })
  })

  const listener = await listenUnix({
    path: options.path,
    onConnection: (socket: Socket, peer) => {
      peerPids.set(socket, peer.pid)
      server.emit('connection', socket)
    },
    onRefused: ({ reason, uid }) =>
      options.onRefused({ kind: 'peer', peer: uid === undefined ? 'unix' : `uid ${uid}`, reason, target: null }),
  })
  return {
    close: async () => {
      await listener.close()
      // Ends the interval that looks at the timeouts.
      server.close()
    },
  }
}
