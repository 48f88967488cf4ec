import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Log } from '@sallyport/api/api-dependencies'
import type { Connection } from '@sallyport/api/connection'
import { limits } from '@sallyport/api/limits/limits'
import { type ErrorCode, type ErrorData, errorCodes } from '@sallyport/contract/error-code'
import { nodeHTTPRequestHandler } from '@trpc/server/adapters/node-http'
import { createCookieJar } from '../cookie.ts'
import { type Arrival, cookieNamesOf, networkFacts } from './connection-facts.ts'
import type { ServedApi } from './served-api.ts'

/** JSON-RPC 2.0 `invalid request`. Clients of ours read `data.code`. */
const RPC_ERROR_CODE = -32600

/** The connection of one HTTP request: the only kind that can set a cookie. */
export const httpConnection = (request: IncomingMessage, response: ServerResponse, arrival: Arrival): Connection => ({
  ...networkFacts(request, arrival),
  transport: 'http',
  cookies: createCookieJar(response, cookieNamesOf(request, arrival), arrival.hasSecureCookies),
  close: () => void response.destroy(),
})

/** How long a client should wait, from the answers of one request: in a batch the call that has to wait longest. */
const retryAfter = (answers: readonly unknown[]): { headers?: Record<string, string> } => {
  const seconds = answers.map(
    (answer) => (answer as { error?: { data?: Partial<ErrorData> } }).error?.data?.retryAfterSeconds ?? 0,
  )
  const longest = Math.ceil(Math.max(0, ...seconds))
  return longest > 0 ? { headers: { 'Retry-After': String(longest) } } : {}
}

export interface TrpcCall {
  readonly request: IncomingMessage
  readonly response: ServerResponse
  /** Names of the procedures, as they stand in the path. */
  readonly path: string
  readonly arrival: Arrival
}

/** Queries and mutations over HTTP, JSON. Streams exist over WebSocket only: here nobody could count or pause them. */
export const serveTrpcOverHttp = async (
  { request, response, path, arrival }: TrpcCall,
  api: ServedApi,
  log: Log,
): Promise<void> => {
  // tRPC decodes the path after us: `session%2Eoutput` would be a stream that looks like none.
  if (path.includes('%')) {
    answerError(response, 'not_found', 'There is no such procedure. Is the client as new as the daemon?')
    return
  }
  if (path.split(',').some((name) => isSubscription(api, name))) {
    answerError(response, 'bad_request', 'Streams exist over WebSocket only.')
    return
  }
  const connection = httpConnection(request, response, arrival)
  const maxBodyBytes = limits.http.maxBodyBytes[(await api.isSignedIn(connection)) ? 'signedIn' : 'other']
  if (Number(request.headers['content-length'] ?? 0) > maxBodyBytes) {
    // Answered before the body has come. Node reads on and drops it until the request times out, so that the client can finish writing and see the answer.
    answerError(response, 'too_large', `The body has at most ${maxBodyBytes / 1024} KiB.`)
    return
  }
  // A streamed batch sends its head before the first call has run: too late for a cookie, a status or Retry-After.
  request.headers['trpc-accept'] = 'application/json'
  await nodeHTTPRequestHandler({
    req: request,
    res: response,
    path,
    router: api.router,
    maxBodySize: maxBodyBytes,
    maxBatchSize: limits.http.maxBatch,
    createContext: () => api.createContext(connection),
    responseMeta: ({ data }) => retryAfter(data),
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
