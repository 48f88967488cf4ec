import { type SecurityEvent, signInStep } from '@sallyport/contract/sign-in'
import type { Database } from '@sallyport/database/database'
import type { AuditEvent } from '../../../audit/audit-event.ts'
import { limits } from '../../../limits/limits.ts'

export interface SecurityEventStore {
  /** What concerns the sign-in of this user, newest first. */
  of(userName: string): Promise<SecurityEvent[]>
}

/** Rows whose target is the name of the user they are about, whoever acted: a stranger who guesses, the machine's owner who resets. */
const aboutAUser: AuditEvent[] = [
  'sign_in.succeeded',
  'sign_in.failed',
  'onboarding.completed',
  'onboarding.failed',
  'password.changed',
  'password.reset',
  'password.failed',
  'second_factor.enrolled',
  'second_factor.removed',
  'second_factor.reset',
  'second_factor.failed',
  'recovery_code.used',
  'recovery_code.renewed',
  'recovery_code.failed',
  'step_up.succeeded',
  'step_up.failed',
  'account.closed',
  'account.unlocked',
]
/** Rows whose target is a device: the user's only when the user acted. */
const ofADevice: AuditEvent[] = [
  'ticket.redeemed',
  'ticket.failed',
  'auth_session.ended',
  'auth_session.expired',
  'auth_session.revoked',
  'auth_session.all_revoked',
]

export const createSecurityEventStore = (database: () => Promise<Database>): SecurityEventStore => ({
  of: async (userName) => {
    const { auditRow } = (await database()).prisma
    // A right password that led no further: worth more attention than a wrong one.
    const targets = [userName, ...signInStep.options.map((step) => `${userName} (${step})`)]
    const actors = ['user', 'onboarding'].map((kind) => `${kind}:${userName}`)
    const rows = await auditRow.findMany({
      where: {
        OR: [
          { event: { in: [...aboutAUser, ...ofADevice] }, actor: { in: actors } },
          { event: { in: aboutAUser }, target: { in: targets } },
          // The owner's, who is the only one that tickets sign in; the actor of that row is the stranger that came with the ticket.
          { event: 'ticket.redeemed', target: { startsWith: `${userName} on ` } },
        ],
        // The page asks for a proof then and repeats the call: nothing that a person should look at.
        AND: { OR: [{ reason: null }, { reason: { not: 'step_up_required' } }] },
      },
      orderBy: { seq: 'desc' },
      take: limits.securityEvents,
      select: { at: true, event: true, outcome: true, address: true, target: true, count: true },
    })
    return rows.map((row) => ({
      ...row,
      at: row.at.toISOString(),
      outcome: outcomes[row.outcome as keyof typeof outcomes],
    }))
  },
})

/** A CHECK of the table allows nothing else. */
const outcomes = { ok: 'ok', refused: 'refused', failed: 'failed' } as const
