import type { Clock, Log } from '../api-dependencies.ts'
import { limits } from '../limits/limits.ts'
import type { AuditEvent } from './audit-event.ts'
import type { AuditLog } from './audit-log.ts'

export interface Refusal {
  readonly event: AuditEvent
  readonly actor: string
  /** Peer: an IP address, or `unix`. */
  readonly address: string
  /** A procedure, a host name, a uid. */
  readonly target: string | null
  readonly reason: string
}

/**
 * Refusals of peers that proved nothing (SPEC L1): one row per actor, peer, event and minute with a count, at most 1000 such rows an hour, so that a loop
 * of refused requests costs neither disk nor commits. The log is append-only, so a row is written when its minute closes.
 */
export interface RefusalFold {
  record(refusal: Refusal): void
  /** Writes what is folded, at shutdown. */
  close(): Promise<void>
}

interface Folded {
  readonly refusal: Refusal
  count: number
}

export const createRefusalFold = (deps: {
  readonly audit: AuditLog
  readonly clock: Clock
  readonly log: Log
}): RefusalFold => {
  let minute = new Map<string, Folded>()
  let timer: NodeJS.Timeout | undefined
  let hour = { startedAt: deps.clock.now(), rows: 0 }
  /** Refusals beyond the hour's rows. One row of the hour is kept for them. */
  let overflow = 0

  const record = (refusal: Refusal): void => {
    const key = JSON.stringify([refusal.event, refusal.actor, refusal.address])
    const folded = minute.get(key)
    if (folded !== undefined) folded.count += 1
    else if (minute.size >= limits.audit.foldedRowsPerHour) overflow += 1
    else {
      deps.log.info('refused', { ...refusal })
      minute.set(key, { refusal, count: 1 })
    }
    // Armed only while something is folded: an idle daemon wakes up for nothing. It must not keep a stopping one alive either.
    timer ??= setTimeout(() => void flush(false), limits.audit.foldMs).unref()
  }

  const flush = async (final: boolean): Promise<void> => {
    clearTimeout(timer)
    timer = undefined
    const closed = minute
    minute = new Map()
    const now = deps.clock.now()
    if (now - hour.startedAt >= 3_600_000) hour = { startedAt: now, rows: 0 }

    const rows: Promise<void>[] = []
    for (const { refusal, count } of closed.values()) {
      if (hour.rows >= limits.audit.foldedRowsPerHour - 1) overflow += count
      else {
        hour.rows += 1
        rows.push(deps.audit.write({ ...refusal, outcome: 'refused', session: null, count }))
      }
    }
    if (overflow > 0 && (final || hour.rows < limits.audit.foldedRowsPerHour - 1)) {
      rows.push(deps.audit.write({ ...overflowRow, count: overflow }))
      hour.rows += 1
      overflow = 0
    }
    if (overflow > 0) timer = setTimeout(() => void flush(false), limits.audit.foldMs).unref()
    // The refusal itself stands whether or not its row was written; the audit log says itself that it cannot write.
    await Promise.allSettled(rows)
  }

  return { record, close: () => flush(true) }
}

const overflowRow = {
  actor: 'anonymous',
  event: 'call.refused',
  outcome: 'refused',
  target: null,
  session: null,
  reason: 'many_peers',
  address: '*',
} as const
