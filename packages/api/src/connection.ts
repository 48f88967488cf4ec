/**
 * Facts about one connection, gathered by the listener that accepted it. The credential stands here, never a verdict: a WebSocket outlives a
 * sign-out, so every call authenticates anew (`access/authenticate.ts`).
 */
export interface Connection {
  /** Random, unique in this daemon's life. */
  readonly id: string
  readonly transport: 'http' | 'websocket' | 'unix'
  /** The peer for limits and audit: an IP address, or `unix`. Behind a trusted proxy, the client that it names. */
  readonly address: string
  /** Process id of a Unix-socket peer, for the audit log. */
  readonly peerPid: number | null
  /** TCP peer is loopback, no forwarding header, Host is a loopback name (SPEC section 1). */
  readonly directLoopback: boolean
  readonly userAgent: string
  /** The cookie as it came, well-formed or not. Undefined on the Unix socket. */
  readonly cookieToken: string | undefined
  /** Only on plain HTTP requests: a WebSocket has no response headers left to set. */
  readonly cookie?: {
    set(token: string, maxAgeSeconds: number): void
    clear(): void
  }
  /**
   * Stop and go on reading from the peer, where the transport can (a WebSocket's `pause()`): terminal input above the limit waits in the peer's socket
   * buffer instead of in the daemon's memory (W16). Idempotent.
   */
  pause?(): void
  resume?(): void
  /** Ends the connection; on a WebSocket with this close code. Idempotent. */
  close(code: number, reason: string): void
}
