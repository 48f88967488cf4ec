/** Failures that happen between the client and the daemon. tRPC wraps them: `connectionFailure()` finds them again. */

/**
 * The connection ended before the daemon answered. `sent: false` means that the daemon never saw the call, `sent: true` that nobody knows whether it was
 * carried out; such a call is never repeated for you, or a key could be typed twice.
 */
export class ConnectionLostError extends Error {
  override readonly name = 'ConnectionLostError'
  readonly sent: boolean

  constructor(sent: boolean, cause?: unknown) {
    super(
      sent
        ? 'the connection to the daemon was lost before it answered; this may or may not have been done'
        : 'there is no connection to the daemon; nothing was sent',
      { cause },
    )
    this.sent = sent
  }
}

/** The credential died (WebSocket close 4401, SPEC W12). Final: the page goes to sign-in. */
export class SignedOutError extends Error {
  override readonly name = 'SignedOutError'

  constructor() {
    super('you are signed out')
  }
}

/** More calls wait for the daemon than this client is willing to hold. The daemon never saw this one. */
export class QueueFullError extends Error {
  override readonly name = 'QueueFullError'

  constructor() {
    super('too much is waiting for the daemon; try again when it has caught up')
  }
}

/** The daemon would close the connection on a message of this size (SPEC W11), and every call on it would fail. */
export class MessageTooLargeError extends Error {
  override readonly name = 'MessageTooLargeError'

  constructor(sizeBytes: number, maxBytes: number) {
    super(`this message is ${sizeBytes} bytes long, and the daemon takes at most ${maxBytes}`)
  }
}

/** Nobody serves the daemon's socket (SPEC W3). */
export class DaemonNotRunningError extends Error {
  override readonly name = 'DaemonNotRunningError'
  readonly socketPath: string

  constructor(socketPath: string, cause?: unknown) {
    super(`no daemon answers at ${socketPath}`, { cause })
    this.socketPath = socketPath
  }
}

export type ConnectionFailure =
  | ConnectionLostError
  | SignedOutError
  | QueueFullError
  | MessageTooLargeError
  | DaemonNotRunningError

/** The outermost failure of the connection in a chain of causes, undefined when it failed for another reason. */
export const connectionFailure = (error: unknown): ConnectionFailure | undefined => {
  for (let current = error, depth = 0; current instanceof Error && depth < 8; current = current.cause, depth += 1) {
    if (
      current instanceof ConnectionLostError ||
      current instanceof SignedOutError ||
      current instanceof QueueFullError ||
      current instanceof MessageTooLargeError ||
      current instanceof DaemonNotRunningError
    ) {
      return current
    }
  }
  return undefined
}
