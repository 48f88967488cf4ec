import type { Log } from '@sallyport/api/api-dependencies'
import { limits } from '@sallyport/api/limits/limits'
import type { ConfigValues } from './config/schema.ts'
import { createConnectionSlots } from './listeners/connection-slots.ts'
import type { Health } from './listeners/health.ts'
import { type HttpListener, listenHttp } from './listeners/http.ts'
import { trustedProxies } from './listeners/proxy.ts'
import type { DoorRefusal, ServedApi } from './listeners/served-api.ts'
import { listenOnUnixSocket } from './listeners/unix.ts'
import { createWebSocketListener } from './listeners/websocket.ts'

export interface ListenersOptions {
  readonly values: ConfigValues
  readonly socketPath: string
  readonly webDirectory: string
  readonly health: Health
  readonly api: () => Promise<ServedApi>
  readonly log: Log
  readonly onRefused: (refusal: DoorRefusal) => void
}

export interface Listeners {
  /** Canonical address (W6), null without HTTP. */
  readonly url: string | null
  /** Stops accepting at once; resolves when the connections are gone. */
  close(): Promise<void>
}

/** What open connections get to finish in. */
const CLOSE_GRACE_MS = 1_500
/** WebSockets on the Unix socket get their goodbye before the listener cuts them off. */
const UNIX_GRACE_MS = 200

const openHttp = (
  { values, webDirectory, ...shared }: ListenersOptions,
  webSocket: ReturnType<typeof createWebSocketListener>,
): Promise<HttpListener> => {
  const isTrusted = trustedProxies(values.trust_proxy)
  return listenHttp({
    ...shared,
    webSocket,
    webDirectory,
    host: values['http.host'],
    port: values['http.port'],
    policy: { publicUrls: values.public_urls, allowedOrigins: values.allowed_origins },
    isTrusted,
    forceSecureCookies: values.force_secure_cookies,
    timeouts: limits.http.timeouts,
    slots: createConnectionSlots({
      caps: limits.connections,
      isTrusted,
      onRefused: (peer) => shared.onRefused({ kind: 'peer', peer, reason: 'too_many_connections', target: null }),
    }),
  })
}

/** The Unix socket and, unless it is turned off, HTTP; or neither. */
export const openListeners = async (options: ListenersOptions): Promise<Listeners> => {
  const { values, socketPath, ...shared } = options
  const webSocket = createWebSocketListener(limits.webSocket, options.log)
  const unix = await listenOnUnixSocket({ ...shared, webSocket, path: socketPath, timeouts: limits.http.timeouts })
  let http: HttpListener | undefined
  try {
    if (values['http.enabled']) http = await openHttp(options, webSocket)
  } catch (error) {
    await unix.close()
    throw error
  }
  return {
    url: http === undefined ? null : `http://localhost:${http.port}`,
    close: async () => {
      webSocket.close()
      await Promise.all([http?.close(CLOSE_GRACE_MS), pause(UNIX_GRACE_MS).then(unix.close)])
    },
  }
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => void setTimeout(resolve, ms))
