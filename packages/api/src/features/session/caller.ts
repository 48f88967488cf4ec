import type { CallContext } from '../../context.ts'
import type { PacedConnection } from './paced-connection.ts'

/** What the use cases of this feature need to know of a call. */
export interface Caller extends Pick<CallContext, 'actor' | 'audit'> {
  readonly connection: PacedConnection
  readonly meter: Pick<CallContext['meter'], 'refusal'>
}

/** SPEC O3: who a stream is counted for; null is the Unix socket, which counts in the total only. */
export const slotOwner = ({ connection, actor }: Pick<Caller, 'connection' | 'actor'>): string | null => {
  if (connection.transport === 'unix') return null
  return actor.kind === 'user' ? `auth-session:${actor.authSessionId}` : `address:${connection.address}`
}
