import type { Actor } from './access/actor.ts'
import type { Clock, Log } from './api-dependencies.ts'
import type { AuditLog } from './audit/audit-log.ts'
import type { CallAudit } from './audit/call-audit.ts'
import type { RefusalFold } from './audit/refusal-fold.ts'
import type { Connection } from './connection.ts'
import type { ConnectionMeter } from './limits/connection-meter.ts'
import type { Services } from './services.ts'

/** What `procedure()` itself needs of the daemon. Use cases get theirs from `services`. */
export interface Core {
  readonly clock: Clock
  readonly log: Log
  readonly authenticate: (connection: Connection) => Promise<Actor>
  readonly audit: AuditLog
  readonly refusals: RefusalFold
}

/** One per HTTP request, one per WebSocket: facts about the connection, never a verdict (`connection.ts`). */
export interface Context {
  readonly connection: Connection
  readonly meter: ConnectionMeter
  readonly core: Core
  readonly services: Services
}

/** What a handler sees: a context plus who calls, decided for this call. */
export interface CallContext extends Context {
  readonly actor: Actor
  readonly audit: CallAudit
}
