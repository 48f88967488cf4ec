/** `session`: the auth session (W12). `sign_in`: a sign-in under way. `device`: this browser signed in before. All HttpOnly, SameSite=Strict. */
export type CookieName = 'session' | 'sign_in' | 'device'

export interface CookieJar {
  set(name: CookieName, value: string, maxAgeSeconds: number): void
  clear(name: CookieName): void
}

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
  /** The other end of the TCP connection; the same as `address` unless a trusted proxy spoke for somebody (W10). */
  readonly peerAddress: string
  readonly viaTrustedProxy: boolean
  /** Process id of a Unix-socket peer, for the audit log. */
  readonly peerPid: number | null
  /** TCP peer is loopback, no forwarding header, Host is a loopback name (SPEC section 1). */
  readonly directLoopback: boolean
  readonly userAgent: string
  /** The cookie as it came, well-formed or not. Undefined on the Unix socket. */
  readonly cookieToken: string | undefined
  /** Of a sign-in that is under way (pre-auth, onboarding): worth nothing to any other procedure. */
  readonly signInToken: string | undefined
  /** Says that this browser signed in before, and as whom: nothing but a bucket of its own for wrong guesses (A13). */
  readonly deviceToken: string | undefined
  /** Only on plain HTTP requests: a WebSocket has no response headers left to set. */
  readonly cookies?: CookieJar
  /**
   * Stop and go on reading from the peer, where the transport can (a WebSocket's `pause()`): terminal input above the limit waits in the peer's socket
   * buffer instead of in the daemon's memory (W16). Idempotent.
   */
  pause?(): void
  resume?(): void
  /**
   * Hands over how far the peer has drawn the stream `viewer` (`contract/acknowledgement.ts`), until the answer is called; only on connections that carry streams. An
   * id has one listener; the last one counts.
   */
  onAcknowledge?(viewer: string, listener: (offset: number) => void): () => void
  /** Ends the connection; on a WebSocket with this close code. Idempotent. */
  close(code: number, reason: string): void
}
