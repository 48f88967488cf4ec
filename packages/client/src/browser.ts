import type { AppRouter } from '@sallyport/api/router'
import { createTRPCClient, httpLink, type TRPCClient } from '@trpc/client'
import { type ConnectedClient, createClient } from './client.ts'
import type { OpenSocket } from './reconnecting-socket.ts'

/** For pages of the daemon. Nothing here may lead to a module of Node's. */

export interface BrowserClient extends ConnectedClient {
  /** The same router over HTTP, for what sets or clears the cookie (`auth.redeemTicket`, `auth.signOut`): a WebSocket has no response headers left. */
  readonly http: TRPCClient<AppRouter>
}

export interface BrowserClientOptions {
  /** Path that the daemon is served under (SPEC W10), `/` unless given; with a slash at both ends. */
  readonly basePath?: string
}

const openSocketAt =
  (url: string): OpenSocket =>
  (events) => {
    const socket = new WebSocket(url)
    socket.binaryType = 'arraybuffer'
    socket.onopen = () => events.open()
    socket.onmessage = ({ data }: MessageEvent<ArrayBuffer | string>) =>
      events.message(typeof data === 'string' ? data : new Uint8Array(data))
    // `error` says nothing in a browser, and `close` always follows.
    socket.onclose = ({ code }) => events.close(code, undefined)
    return {
      send: (data) => socket.send(data),
      bufferedBytes: () => socket.bufferedAmount,
      destroy: (code, reason) => {
        socket.onopen = null
        socket.onmessage = null
        socket.onclose = null
        socket.close(code, reason)
      },
    }
  }

/** Same origin only: the cookie goes with the upgrade, and the daemon's gate refuses every other origin (SPEC W7). */
export const createBrowserClient = (options: BrowserClientOptions = {}): BrowserClient => {
  const address = new URL(`${options.basePath ?? '/'}trpc`, location.href)
  const http: TRPCClient<AppRouter> = createTRPCClient<AppRouter>({ links: [httpLink({ url: address.href })] })
  const socketAddress = new URL(address)
  socketAddress.protocol = address.protocol === 'https:' ? 'wss:' : 'ws:'
  const connected = createClient({
    openSocket: openSocketAt(socketAddress.href),
    reconnect: 'always',
    random: Math.random,
    isSignedIn: async () => ['user', 'open'].includes((await http.auth.whoami.query()).kind),
  })
  addEventListener('online', () => connected.connection.reconnectNow())
  // A phone that wakes up shows the page before its timers run.
  document.addEventListener('visibilitychange', () => {
    if (document.visibilityState === 'visible') connected.connection.reconnectNow()
  })
  return { ...connected, http }
}
