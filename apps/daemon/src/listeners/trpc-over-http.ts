import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Log } from '@sallyport/api/api-dependencies'
import type { Connection } from '@sallyport/api/connection'
import { limits } from '@sallyport/api/limits/limits'
import { type ErrorCode, errorCodes } from '@sallyport/contract/error-code'
import { nodeHTTPRequestHandler } from '@trpc/server/adapters/node-http'
import { cookieName, serializeClearedCookie, serializeCookie } from '../cookie.ts'
import { networkFacts } from './connection-facts.ts'
import type { Host } from './host-header.ts'
import type { ServedApi } from './served-api.ts'

/** JSON-RPC 2.0 `invalid request`. Clients of ours read `data.code`. */
const RPC_ERROR_CODE = -32600

/** The connection of one HTTP request: the only kind that can set a cookie. */
export const httpConnection = (request: IncomingMessage, response: ServerResponse, host: Host): Connection => {
  const name = cookieName(request.socket.localPort ?? 0)
  return {
    ...networkFacts(request, host),
    transport: 'http',
    cookie: {
      set: (token, maxAgeSeconds) => void response.setHeader('Set-Cookie', serializeCookie(name, token, maxAgeSeconds)),
      clear: () => void response.setHeader('Set-Cookie', serializeClearedCookie(name)),
    },
    close: () => void response.destroy(),
  }
}

export interface TrpcCall {
  readonly request: IncomingMessage
  readonly response: ServerResponse
  /** Names of the procedures, as they stand in the path. */
  readonly path: string
  readonly host: Host
}

/** Queries and mutations over HTTP, JSON. Streams exist over WebSocket only: here nobody could count or pause them. */
export const serveTrpcOverHttp = async (
  { request, response, path, host }: TrpcCall,
  api: ServedApi,
  log: Log,
): Promise<void> => {
  if (path.split(',').some((name) => isSubscription(api, name))) {
    answerError(response, 'bad_request', 'Streams exist over WebSocket only.')
    return
  }
  const connection = httpConnection(request, response, host)
  const maxBodyBytes = limits.http.maxBodyBytes[(await api.isSignedIn(connection)) ? 'signedIn' : 'other']
  if (Number(request.headers['content-length'] ?? 0) > maxBodyBytes) {
    // Answered before the body has come. Node reads on and drops it until the request times out, so that the client can finish writing and see the answer.
    answerError(response, 'too_large', `The body has at most ${maxBodyBytes / 1024} KiB.`)
    return
  }
  await nodeHTTPRequestHandler({
    req: request,
    res: response,
    path,
    router: api.router,
    maxBodySize: maxBodyBytes,
    maxBatchSize: limits.http.maxBatch,
    createContext: () => api.createContext(connection),
    onError: ({ error, path: procedure, ctx }) => {
      // With a context the api has logged it already, under the reference that the client was given.
      if (ctx === undefined) log.error('a call failed', { path: procedure, error: error.cause ?? error })
    },
  })
}

const isSubscription = ({ router }: ServedApi, name: string): boolean => {
  const procedures: Readonly<Record<string, { readonly _def: { readonly type: string } }>> = router._def.procedures
  return Object.hasOwn(procedures, name) && procedures[name]?._def.type === 'subscription'
}

/** In the shape of every other error of the router. */
const answerError = (response: ServerResponse, code: ErrorCode, message: string): void => {
  const httpStatus = errorCodes[code].http
  response.writeHead(httpStatus, { 'Content-Type': 'application/json' })
  response.end(JSON.stringify({ error: { message, code: RPC_ERROR_CODE, data: { code, httpStatus } } }))
}
