import { randomUUID } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import type { Connection } from '@sallyport/api/connection'
import { addressOfSocket, isLoopbackAddress } from '../addresses.ts'
import { cookieNames, readCookie } from '../cookie.ts'
import type { RequestFacts } from './gate.ts'
import { type Host, isLoopbackName } from './host-header.ts'
import { type Client, clientOfRequest, type IsTrusted } from './proxy.ts'

/** A proxy on this machine connects from loopback too; whoever stands behind it is not local. */
const forwardingHeaders = ['forwarded', 'via', 'x-forwarded-for', 'x-forwarded-host', 'x-forwarded-proto', 'x-real-ip']

/** What the door knows about a request that it let through. */
export interface Arrival {
  readonly host: Host
  readonly client: Client
  /** Cookies are of the kind for https: the client speaks it, or the owner says so (`force_secure_cookies`). */
  readonly hasSecureCookies: boolean
}

export const clientOf = (request: IncomingMessage, isTrusted: IsTrusted): Client =>
  clientOfRequest(addressOfSocket(request.socket.remoteAddress), request.rawHeaders, isTrusted)

export const factsOf = (request: IncomingMessage, { scheme }: Client, isUpgrade: boolean): RequestFacts => ({
  method: request.method ?? '',
  target: request.url ?? '',
  rawHeaders: request.rawHeaders,
  localAddress: request.socket.localAddress,
  scheme,
  isUpgrade,
})

/** The path of an origin-form target that the gate has let through, as it came: nothing decoded. */
export const pathOf = (request: IncomingMessage): string => (request.url ?? '/').split('?', 1)[0] ?? '/'

/** The names of this daemon's cookies in that request. */
export const cookieNamesOf = (request: IncomingMessage, { hasSecureCookies }: Arrival) =>
  cookieNames(request.socket.localPort ?? 0, hasSecureCookies)

/** The facts of a TCP connection (context of HTTP calls and of WebSockets), without what differs between the two. */
export const networkFacts = (
  request: IncomingMessage,
  arrival: Arrival,
): Omit<Connection, 'transport' | 'close' | 'cookies'> => {
  const { address, peerAddress, viaTrustedProxy } = arrival.client
  const names = cookieNamesOf(request, arrival)
  const cookie = (name: string) => readCookie(request.headersDistinct.cookie ?? [], name)
  return {
    id: randomUUID(),
    address,
    peerAddress,
    viaTrustedProxy,
    peerPid: null,
    directLoopback:
      isLoopbackAddress(peerAddress) &&
      isLoopbackName(arrival.host) &&
      !forwardingHeaders.some((name) => request.headers[name] !== undefined),
    userAgent: request.headers['user-agent'] ?? '',
    cookieToken: cookie(names.session),
    signInToken: cookie(names.sign_in),
    deviceToken: cookie(names.device),
  }
}
