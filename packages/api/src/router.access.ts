import type { ProcedureRules } from './procedure.ts'

type Line = readonly [
  kind: 'query' | 'mutation' | 'subscription',
  access: ProcedureRules['access'],
  limit: ProcedureRules['limit'],
  audit: string | false,
  transport?: 'http',
]

/**
 * Who may do what, to be read by people. `router.access.test.ts` fails when the router says anything else, and calls every line as every actor. An audit event
 * with a `!` is committed by the use case before its effect.
 */
export const accessTable: Readonly<Record<string, Line>> = {
  'auth.whoami': ['query', 'anyone', 'control', false],
  'auth.createTicket': ['mutation', 'socket', 'control', 'ticket.created!'],
  'auth.redeemTicket': ['mutation', 'anyone', 'control', 'ticket.redeemed!', 'http'],
  'auth.signOut': ['mutation', 'viewer', 'control', 'auth_session.ended', 'http'],
  'auth.listSessions': ['query', 'viewer', 'control', false],
  'auth.revokeSession': ['mutation', 'socket', 'control', 'auth_session.revoked'],
  'auth.revokeAll': ['mutation', 'socket', 'control', 'auth_session.all_revoked'],
  'session.create': ['mutation', 'operator', 'control', 'session.started!'],
  'session.runAgain': ['mutation', 'operator', 'control', 'session.started!'],
  'session.list': ['query', 'viewer', 'control', false],
  'session.get': ['query', 'viewer', 'control', false],
  'session.changes': ['subscription', 'viewer', 'control', false],
  'session.output': ['subscription', 'viewer', 'control', 'session.attached!'],
  'session.acknowledge': ['mutation', 'viewer', 'ack', false],
  'session.write': ['mutation', 'operator', 'input', false],
  'session.keys': ['mutation', 'operator', 'input', false],
  'session.paste': ['mutation', 'operator', 'input', false],
  'session.resize': ['mutation', 'operator', 'control', false],
  'session.takeControl': ['mutation', 'operator', 'control', false],
  'session.stop': ['mutation', 'operator', 'control', 'session.stopped!'],
  'session.kill': ['mutation', 'operator', 'control', 'session.killed!'],
  'session.rename': ['mutation', 'operator', 'control', 'session.renamed'],
  'session.remove': ['mutation', 'operator', 'control', 'session.removed!'],
  'session.removeEnded': ['mutation', 'operator', 'control', 'session.removed!'],
  'admin.status': ['query', 'viewer', 'control', false],
  'admin.config': ['query', 'socket', 'control', false],
  'admin.audit': ['query', 'owner', 'control', false],
  'admin.stop': ['mutation', 'socket', 'control', 'daemon.stopped!'],
}
