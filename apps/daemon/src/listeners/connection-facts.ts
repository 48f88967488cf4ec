import { randomUUID } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import type { Connection } from '@sallyport/api/connection'
import { cookieName, readCookie } from '../cookie.ts'
import type { RequestFacts } from './gate.ts'
import { type Host, hostNameOfAddress, isLoopbackAddress, isLoopbackName } from './host-header.ts'

/** A proxy on this machine connects from loopback too; whoever stands behind it is not local. */
const forwardingHeaders = ['forwarded', 'via', 'x-forwarded-for', 'x-forwarded-host', 'x-forwarded-proto', 'x-real-ip']

export const factsOf = (request: IncomingMessage, isUpgrade: boolean): RequestFacts => ({
  method: request.method ?? '',
  target: request.url ?? '',
  rawHeaders: request.rawHeaders,
  localAddress: request.socket.localAddress,
  scheme: 'http',
  isUpgrade,
})

/** The path of an origin-form target that the gate has let through, as it came: nothing decoded. */
export const pathOf = (request: IncomingMessage): string => (request.url ?? '/').split('?', 1)[0] ?? '/'

/** The facts of a TCP connection (context of HTTP calls and of WebSockets), without what differs between the two. */
export const networkFacts = (
  request: IncomingMessage,
  host: Host,
): Omit<Connection, 'transport' | 'close' | 'cookie'> => {
  const address = request.socket.remoteAddress ?? ''
  return {
    id: randomUUID(),
    address: hostNameOfAddress(address),
    peerPid: null,
    directLoopback:
      isLoopbackAddress(address) &&
      isLoopbackName(host) &&
      !forwardingHeaders.some((name) => request.headers[name] !== undefined),
    userAgent: request.headers['user-agent'] ?? '',
    cookieToken: readCookie(request.headersDistinct.cookie ?? [], cookieName(request.socket.localPort ?? 0)),
  }
}
