/** WebSocket close code after a credential died (W12): final, the page goes to sign-in. */
export const CLOSE_REVOKED = 4401
/** WebSocket close code of RFC 6455, 7.4.1 for a peer that keeps breaking a limit (W16). */
export const CLOSE_POLICY = 1008
