import { createServer, type IncomingMessage, type RequestListener, type Server, type ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'
import type { Log } from '@sallyport/api/api-dependencies'
import { limits } from '@sallyport/api/limits/limits'
import { factsOf, networkFacts, pathOf } from './connection-facts.ts'
import type { ConnectionSlots } from './connection-slots.ts'
import { decide, type GateDecision, type GatePolicy } from './gate.ts'
import { gateAnswer } from './gate-answers.ts'
import { setBaseHeaders } from './headers.ts'
import { type Health, serveHealth } from './health.ts'
import { type Host, hostNameOfAddress, originOf } from './host-header.ts'
import { listenOnLoopback } from './loopback.ts'
import { isPagePath } from './page-paths.ts'
import type { DoorRefusal, ServedApi } from './served-api.ts'
import { refuseUpgrade, type WebSocketListener } from './websocket.ts'

/** W11. Node checks its timeouts every `checkEveryMs`; its own default of 30 s would make 10 s mean 40. */
export interface HttpTimeouts {
  readonly headersMs: number
  readonly requestMs: number
  readonly checkEveryMs: number
}

export interface HttpListenerOptions {
  readonly port: number
  readonly policy: GatePolicy
  readonly timeouts: HttpTimeouts
  readonly slots: ConnectionSlots
  readonly webSocket: WebSocketListener
  readonly health: Health
  readonly api: () => Promise<ServedApi>
  readonly webDirectory: string
  readonly log: Log
  readonly onRefused: (refusal: DoorRefusal) => void
}

export interface HttpListener {
  readonly port: number
  /** Stops accepting at once; resolves when the connections are gone, which are cut off after `graceMs`. */
  close(graceMs: number): Promise<void>
}

const peerOf = (request: IncomingMessage): string => hostNameOfAddress(request.socket.remoteAddress ?? '')

/** Serves both loopback addresses on one port: the gate first, then health, then the application (loaded when first needed). */
export const listenHttp = async (options: HttpListenerOptions): Promise<HttpListener> => {
  const hosts = new WeakMap<IncomingMessage, Host>()
  const hostOf = (request: IncomingMessage): Host => hosts.get(request) ?? { name: 'localhost', port: undefined }
  let application: Promise<RequestListener> | undefined
  const loadApplication = (): Promise<RequestListener> => {
    application ??= import('./application.ts').then(({ createApplication }) =>
      createApplication({ ...options, hostOf }),
    )
    return application
  }

  const pass = (request: IncomingMessage, isUpgrade: boolean): GateDecision => {
    const decision = decide(factsOf(request, isUpgrade), options.policy)
    if (decision.allow) hosts.set(request, decision.host)
    else
      options.onRefused({
        kind: 'request',
        peer: peerOf(request),
        reason: decision.reason,
        target: decision.host ? originOf('http', decision.host) : null,
      })
    return decision
  }

  const onRequest = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    setBaseHeaders(response)
    const decision = pass(request, false)
    if (!decision.allow) return refuse(response, decision)
    const path = pathOf(request)
    if (serveHealth(path, response, options.health)) return
    const isRead = request.method === 'GET' || request.method === 'HEAD'
    // One address for cookies and passkeys. The port is the one the browser used: it may be the near end of an ssh tunnel.
    if (isRead && isPagePath(path) && (decision.host.name === '127.0.0.1' || decision.host.name === '[::1]')) {
      response
        .writeHead(308, { Location: `${originOf('http', { ...decision.host, name: 'localhost' })}${request.url}` })
        .end()
      return
    }
    const serve = await loadApplication()
    serve(request, response)
  }

  const onUpgrade = async (request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> => {
    // The peer may reset while we look at it; without a listener that would end the daemon.
    socket.on('error', () => socket.destroy())
    const decision = pass(request, true)
    if (!decision.allow) return refuseUpgrade(socket, decision.status, gateAnswer(decision).body.trim())
    if (pathOf(request) !== '/trpc') return refuseUpgrade(socket, 404, 'There is no WebSocket at this address.')
    const api = await options.api()
    const facts = { ...networkFacts(request, decision.host), transport: 'websocket' as const }
    // Before it opens (W12): a page whose sign-in ended must not reconnect for ever to a socket that says no to every call.
    if (!(await api.isSignedIn({ ...facts, close: () => socket.destroy() })))
      return refuseUpgrade(socket, 401, 'Sign in first.')
    if (!socket.destroyed) options.webSocket.accept({ request, socket, head, facts }, api)
  }

  const makeServer = (): Server => {
    const server = createServer({
      headersTimeout: options.timeouts.headersMs,
      requestTimeout: options.timeouts.requestMs,
      connectionsCheckingInterval: options.timeouts.checkEveryMs,
      maxHeaderSize: limits.http.maxHeaderBytes,
      // The gate decides about Host, and records what it refuses.
      requireHostHeader: false,
    })
    options.slots.watch(server)
    server.on('request', (request, response) => {
      onRequest(request, response).catch((error) => {
        options.log.error('a request failed', { error })
        if (!response.headersSent) response.writeHead(503, { 'Content-Type': 'text/plain' })
        response.end('The daemon cannot serve this right now.\n')
      })
    })
    server.on('upgrade', (request, socket, head) => {
      onUpgrade(request, socket, head).catch((error) => {
        options.log.error('an upgrade failed', { error })
        refuseUpgrade(socket, 503, 'The daemon cannot serve this right now.')
      })
    })
    return server
  }

  const { servers, port } = await listenOnLoopback(makeServer, options.port)
  return { port, close: (graceMs) => closeAll(servers, graceMs) }
}

const refuse = (response: ServerResponse, decision: Extract<GateDecision, { allow: false }>): void => {
  const { contentType, body } = gateAnswer(decision)
  // Closed: what follows on a connection whose framing we doubt is not looked at.
  response.writeHead(decision.status, {
    'Content-Type': contentType,
    'Content-Length': Buffer.byteLength(body),
    Connection: 'close',
  })
  response.end(response.req.method === 'HEAD' ? undefined : body)
}

const closeAll = async (servers: readonly Server[], graceMs: number): Promise<void> => {
  const closed = servers.map((server) => new Promise<void>((done) => server.close(() => done())))
  for (const server of servers) server.closeIdleConnections()
  const timer = setTimeout(() => {
    for (const server of servers) server.closeAllConnections()
  }, graceMs)
  await Promise.all(closed)
  clearTimeout(timer)
}
