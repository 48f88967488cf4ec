/**
 * The vocabulary of the audit log: `noun.past_tense`. A failure after the row of an act was committed is `<noun>.failed`, so every noun that commits
 * before its effect has one.
 */
export type AuditEvent =
  | 'ticket.created'
  | 'ticket.redeemed'
  | 'ticket.failed'
  | 'auth_session.ended'
  | 'auth_session.expired'
  | 'auth_session.revoked'
  | 'auth_session.all_revoked'
  | 'auth_session.failed'
  | 'session.started'
  | 'session.attached'
  | 'session.stopped'
  | 'session.killed'
  | 'session.renamed'
  | 'session.removed'
  | 'session.exited'
  | 'session.lost'
  | 'session.failed'
  | 'daemon.started'
  | 'daemon.stopped'
  | 'daemon.failed'
  /** A procedure that was refused. */
  | 'call.refused'
  /** A foreign uid on the Unix socket (W2). */
  | 'peer.refused'
  /** The gate: Host, Origin or metadata of a browser (W4, W7). */
  | 'request.refused'
  /** The first row after the log could not be written for a while. */
  | 'audit.resumed'

/** One row before it has a number. No secrets: `target` and `reason` are names and codes, never input. */
export interface AuditEntry {
  readonly actor: string
  readonly event: AuditEvent
  readonly outcome: 'ok' | 'refused' | 'failed'
  readonly target: string | null
  readonly session: string | null
  readonly reason: string | null
  readonly address: string | null
  readonly count: number
}

type AuditNoun = 'ticket' | 'auth_session' | 'session' | 'daemon'

/** `session.started` → `session.failed`. */
export const failedEvent = (event: AuditEvent): AuditEvent => {
  const noun = event.slice(0, event.indexOf('.'))
  return isNoun(noun) ? `${noun}.failed` : 'call.refused'
}

const isNoun = (noun: string): noun is AuditNoun => ['ticket', 'auth_session', 'session', 'daemon'].includes(noun)
