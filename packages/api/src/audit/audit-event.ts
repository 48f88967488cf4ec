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
  | 'sign_in.succeeded'
  /** A password or code that was wrong, or a sign-in that a limit refused. */
  | 'sign_in.failed'
  | 'onboarding.completed'
  | 'onboarding.failed'
  | 'password.revealed'
  | 'password.changed'
  | 'password.reset'
  | 'password.failed'
  | 'second_factor.enrolled'
  | 'second_factor.removed'
  | 'second_factor.reset'
  | 'second_factor.failed'
  | 'recovery_code.used'
  | 'recovery_code.renewed'
  | 'recovery_code.failed'
  | 'step_up.succeeded'
  | 'step_up.failed'
  /** Too many wrong guesses in a row: closed for unknown devices (A13). */
  | 'account.closed'
  | 'account.unlocked'
  | 'account.failed'
  | 'session.started'
  | 'session.attached'
  | 'session.stopped'
  | 'session.killed'
  | 'session.renamed'
  | 'session.removed'
  | 'session.exited'
  | 'session.lost'
  | 'session.failed'
  | 'env_set.created'
  /** Variables were set or unset. */
  | 'env_set.changed'
  | 'env_set.renamed'
  | 'env_set.deleted'
  | 'env_set.revealed'
  /** The master key: every value is sealed anew. */
  | 'env_set.rotated'
  | 'env_set.unlocked'
  /** Also: a value that does not open (`integrity`), whoever wanted it. */
  | 'env_set.failed'
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

const nouns = [
  'ticket',
  'auth_session',
  'sign_in',
  'onboarding',
  'password',
  'second_factor',
  'recovery_code',
  'step_up',
  'account',
  'session',
  'env_set',
  'daemon',
] as const
type AuditNoun = (typeof nouns)[number]

/** `session.started` → `session.failed`. */
export const failedEvent = (event: AuditEvent): AuditEvent => {
  const noun = event.slice(0, event.indexOf('.'))
  return isNoun(noun) ? `${noun}.failed` : 'call.refused'
}

const isNoun = (noun: string): noun is AuditNoun => nouns.some((known) => known === noun)
