import type { Actor } from '../../access/actor.ts'
import type { CallAudit } from '../../audit/call-audit.ts'
import type { Connection } from '../../connection.ts'

/** What a use case needs of its call. */
export interface AuthCall {
  readonly actor: Actor
  readonly connection: Connection
  readonly audit: CallAudit
}
