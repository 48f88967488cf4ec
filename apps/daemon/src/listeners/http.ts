import { createServer, type IncomingMessage, type RequestListener, type Server, type ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'
import type { Log } from '@sallyport/api/api-dependencies'
import { limits } from '@sallyport/api/limits/limits'
import { type Arrival, clientOf, factsOf, networkFacts, pathOf } from './connection-facts.ts'
import type { ConnectionSlots } from './connection-slots.ts'
import { decide, type GateDecision, type GatePolicy } from './gate.ts'
import { gateAnswer } from './gate-answers.ts'
import { setBaseHeaders, strictTransport } from './headers.ts'
import { type Health, serveHealth } from './health.ts'
import { isLoopbackName, originOf } from './host-header.ts'
import { listenOn } from './listen-on.ts'
import { isPagePath } from './page-paths.ts'
import type { Client, IsTrusted } from './proxy.ts'
import type { DoorRefusal, ServedApi } from './served-api.ts'
import { refuseUpgrade, type WebSocketListener } from './websocket.ts'

/** W11. Node checks its timeouts every `checkEveryMs`; its own default of 30 s would make 10 s mean 40. */
export interface HttpTimeouts {
  readonly headersMs: number
  readonly requestMs: number
  readonly checkEveryMs: number
}

export interface HttpListenerOptions {
  /** `localhost`, an address of this machine, or `0.0.0.0` or `::`. */
  readonly host: string
  readonly port: number
  readonly policy: GatePolicy
  readonly isTrusted: IsTrusted
  readonly forceSecureCookies: boolean
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

/** What the gate says, and about whom. */
type Passage = { readonly client: Client } & (
  | { readonly refused: Extract<GateDecision, { allow: false }> }
  | { readonly refused: null; readonly arrival: Arrival }
)

/** Serves all its addresses on one port: the gate first, then health, then the application (loaded when first needed). */
export const listenHttp = async (options: HttpListenerOptions): Promise<HttpListener> => {
  const arrivals = new WeakMap<IncomingMessage, Arrival>()
  const arrivalOf = (request: IncomingMessage): Arrival => {
    const arrival = arrivals.get(request)
    if (arrival === undefined) throw new Error('a request that the gate has not seen')
    return arrival
  }
  let application: Promise<RequestListener> | undefined
  const loadApplication = (): Promise<RequestListener> => {
    application ??= import('./application.ts').then(({ createApplication }) =>
      createApplication({ ...options, arrivalOf }),
    )
    return application
  }

  const pass = (request: IncomingMessage, isUpgrade: boolean): Passage => {
    const client = clientOf(request, options.isTrusted)
    const decision = decide(factsOf(request, client, isUpgrade), options.policy)
    if (!decision.allow) {
      const target = decision.host ? originOf(client.scheme, decision.host) : null
      options.onRefused({ kind: 'request', peer: client.address, reason: decision.reason, target })
      return { client, refused: decision }
    }
    const hasSecureCookies = client.scheme === 'https' || options.forceSecureCookies
    const arrival = { host: decision.host, client, hasSecureCookies }
    arrivals.set(request, arrival)
    return { client, refused: null, arrival }
  }

  const onRequest = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    setBaseHeaders(response)
    const passage = pass(request, false)
    const { scheme } = passage.client
    if (passage.refused !== null) return refuse(response, passage.refused, scheme)
    const { host } = passage.arrival
    // Never for localhost: the browser would then want https of every program on this machine, whatever its port.
    if (scheme === 'https' && !isLoopbackName(host)) response.setHeader('Strict-Transport-Security', strictTransport)
    const path = pathOf(request)
    if (serveHealth(path, response, options.health)) return
    const isRead = request.method === 'GET' || request.method === 'HEAD'
    // One address for cookies and passkeys. The port is the one the browser used: it may be the near end of an ssh tunnel.
    if (isRead && isPagePath(path) && (host.name === '127.0.0.1' || host.name === '[::1]')) {
      response.writeHead(308, { Location: `${originOf(scheme, { ...host, name: 'localhost' })}${request.url}` }).end()
      return
    }
    const serve = await loadApplication()
    serve(request, response)
  }

  const onUpgrade = async (request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> => {
    // The peer may reset while we look at it; without a listener that would end the daemon.
    socket.on('error', () => socket.destroy())
    const passage = pass(request, true)
    if (passage.refused !== null) {
      const { body } = gateAnswer(passage.refused, passage.client.scheme)
      return refuseUpgrade(socket, passage.refused.status, body.trim())
    }
    if (pathOf(request) !== '/trpc') return refuseUpgrade(socket, 404, 'There is no WebSocket at this address.')
    const api = await options.api()
    const facts = { ...networkFacts(request, passage.arrival), transport: 'websocket' as const }
    if (!(await api.isSignedIn({ ...facts, close: () => void socket.destroy() })))
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

  const { servers, port } = await listenOn(makeServer, options)
  return { port, close: (graceMs) => closeAll(servers, graceMs) }
}

const refuse = (
  response: ServerResponse,
  decision: Extract<GateDecision, { allow: false }>,
  scheme: 'http' | 'https',
): void => {
  const { contentType, body } = gateAnswer(decision, scheme)
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
