import type { CallContext } from '../../context.ts'

/** What the use cases of this feature need to know of a call. */
export interface Caller extends Pick<CallContext, 'connection' | 'actor' | 'audit'> {
  readonly meter: Pick<CallContext['meter'], 'acknowledged'>
}

/** SPEC O3: who a stream is counted for; null is the Unix socket, which counts in the total only. */
export const slotOwner = ({ connection, actor }: Pick<Caller, 'connection' | 'actor'>): string | null => {
  if (connection.transport === 'unix') return null
  return actor.kind === 'user' ? `auth-session:${actor.authSessionId}` : `address:${connection.address}`
}
