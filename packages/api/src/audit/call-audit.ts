import { type AuditEntry, type AuditEvent, failedEvent } from './audit-event.ts'
import type { AuditLog } from './audit-log.ts'

/** What only the use case knows about its row. */
export interface AuditDetails {
  /** What was acted on, in words: a session's name, a command. */
  readonly target?: string
  /** Session id. */
  readonly session?: string
  /** For one row that stands for several acts. */
  readonly count?: number
}

/** The audit row of one call, handed to its use case. */
export interface CallAudit {
  /** Adds to the row that `procedure()` commits after the use case. */
  describe(details: AuditDetails): void
  /**
   * Commits the row now, before an effect that leaves the database (spawn, ticket). Rejects when the log cannot be written: then the effect must not
   * happen (L3). A use case that throws afterwards gets `<noun>.failed` appended.
   */
  commit(details: AuditDetails): Promise<void>
}

export interface CallAuditRow extends CallAudit {
  readonly event: AuditEvent
  readonly target: string | undefined
  readonly committed: boolean
  succeed(): Promise<void>
  fail(outcome: 'refused' | 'failed', reason: string): Promise<void>
}

export const createCallAudit = (
  log: AuditLog,
  event: AuditEvent,
  peer: { readonly actor: string; readonly address: string },
): CallAuditRow => {
  let details: AuditDetails = {}
  let committed = false
  const entry = (of: AuditEvent, outcome: AuditEntry['outcome'], reason: string | null): AuditEntry => ({
    actor: peer.actor,
    address: peer.address,
    event: of,
    outcome,
    target: details.target ?? null,
    session: details.session ?? null,
    reason,
    count: details.count ?? 1,
  })

  return {
    event,
    get target() {
      return details.target
    },
    get committed() {
      return committed
    },
    describe: (more) => {
      details = { ...details, ...more }
    },
    commit: async (more) => {
      if (committed) throw new Error(`${event} was committed twice by one call`)
      details = { ...details, ...more }
      await log.write(entry(event, 'ok', null))
      committed = true
    },
    succeed: () => log.write(entry(event, 'ok', null)),
    fail: (outcome, reason) => log.write(entry(committed ? failedEvent(event) : event, outcome, reason)),
  }
}
