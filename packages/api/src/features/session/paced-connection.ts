import type { Connection } from '../../connection.ts'

/** A connection whose peer says how far it has drawn without a call for each time (`contract/acknowledgement.ts`). */
export interface PacedConnection extends Connection {
  /** Hands over what the peer acknowledges for the stream `viewer`, until the answer is called. An id has one listener; the last one counts. */
  onAcknowledge?(viewer: string, listener: (offset: number) => void): () => void
}
