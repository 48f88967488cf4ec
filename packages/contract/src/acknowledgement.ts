/**
 * How far a stream has been drawn (SPEC O2): the one message of the WebSocket that is no call. Flow control belongs to a stream that was admitted when it opened; it reaches
 * only streams of its own connection and gets no answer. As a call, with its schema, its authentication and its answer, it was half of what ten viewers of one session
 * cost.
 */
export interface Acknowledgement {
  readonly method: 'acknowledge'
  /** The id that the client chose for the stream. */
  readonly viewer: string
  /** Everything below has been drawn. */
  readonly offset: number
}

export const isAcknowledgement = (message: unknown): message is Acknowledgement => {
  if (typeof message !== 'object' || message === null) return false
  const { method, viewer, offset } = message as Partial<Acknowledgement>
  return method === 'acknowledge' && typeof viewer === 'string' && Number.isSafeInteger(offset) && Number(offset) >= 0
}
