import type { Database } from '@sallyport/database/database'
import { databaseError } from '@sallyport/database/database-error'
import type { Clock, Log } from '../api-dependencies.ts'
import { AppError } from '../errors.ts'
import { limits } from '../limits/limits.ts'
import type { AuditEntry } from './audit-event.ts'

/** The one writer of the append-only audit log (SPEC L1, L3). */
export interface AuditLog {
  /** Resolves when the row is committed; rejects with `unavailable` when it is not: the act must then not happen, or not be answered. */
  write(entry: AuditEntry): Promise<void>
  /** After a failed write: resolves only when writing works again. Called before any effect, so a full disk cannot be used to act unseen. */
  ensureWritable(): Promise<void>
  /** A sentence for `daemon status`, or null. */
  problem(): string | null
  /** Writes what is waiting. */
  close(): Promise<void>
}

interface Waiting {
  readonly entry: AuditEntry
  readonly at: number
  readonly resolve: () => void
  readonly reject: (error: unknown) => void
}

const COLUMNS = ['at', 'actor', 'event', 'target', 'outcome', 'session', 'reason', 'address', 'count'] as const

/** Rows go in groups of one statement: Prisma's createMany is forty times slower, one commit per row ten times. */
export const createAuditLog = (deps: {
  readonly database: () => Promise<Database>
  readonly clock: Clock
  readonly log: Log
}): AuditLog => {
  const waiting: Waiting[] = []
  let timer: NodeJS.Timeout | undefined
  let writing: Promise<void> = Promise.resolve()
  /** Why the last write failed; null after one that did not. */
  let broken: string | null = null

  let flushedAt = Number.NEGATIVE_INFINITY

  const flush = (): Promise<void> => {
    clearTimeout(timer)
    timer = undefined
    flushedAt = performance.now()
    const group = waiting.splice(0, waiting.length)
    if (group.length > 0) writing = writing.then(() => insert(group))
    return writing
  }

  /** A single act on a quiet daemon does not wait for company. */
  const groupingMs = (): number => (performance.now() - flushedAt >= limits.audit.groupMs ? 0 : limits.audit.groupMs)

  const insert = async (group: readonly Waiting[]): Promise<void> => {
    try {
      const database = await deps.database()
      for (let start = 0; start < group.length; start += limits.audit.groupRows) {
        await insertRows(database, group.slice(start, start + limits.audit.groupRows))
      }
      if (broken !== null) deps.log.info('the audit log can be written again')
      broken = null
    } catch (cause) {
      if (broken === null) deps.log.error('the audit log cannot be written: changes are refused', { error: cause })
      broken = why(cause)
      const refusal = unavailable(cause)
      for (const row of group) row.reject(refusal)
    }
  }

  const write = (entry: AuditEntry): Promise<void> =>
    new Promise((resolve, reject) => {
      if (waiting.length >= limits.audit.maxWaitingRows) return reject(unavailable(new Error('too many rows waiting')))
      waiting.push({ entry, at: deps.clock.now(), resolve, reject })
      if (waiting.length >= limits.audit.groupRows) void flush()
      else timer ??= setTimeout(() => void flush(), groupingMs())
    })

  return {
    write,
    ensureWritable: async () => {
      if (broken === null) return
      await write({ ...systemRow, event: 'audit.resumed', outcome: 'ok', count: 1 })
    },
    problem: () => (broken === null ? null : `The audit log cannot be written, so changes are refused. ${broken}`),
    close: flush,
  }
}

const systemRow = { actor: 'system', target: null, session: null, reason: null, address: null } as const

const insertRows = async (database: Database, rows: readonly Waiting[]): Promise<void> => {
  const values = rows.map(() => `(${COLUMNS.map(() => '?').join(', ')})`).join(', ')
  const columns = COLUMNS.map((name) => `"${name}"`).join(', ')
  await database.execute(
    `INSERT INTO "AuditRow" (${columns}) VALUES ${values}`,
    rows.flatMap(({ entry, at }) => [
      prismaTime(at),
      ...[entry.actor, entry.event, entry.target, entry.outcome, entry.session, entry.reason, entry.address].map(
        oneLine,
      ),
      entry.count,
    ]),
  )
  for (const row of rows) row.resolve()
}

/** As Prisma's adapter writes times, so that comparing them as text compares them as times. */
const prismaTime = (at: number): string => new Date(at).toISOString().replace('Z', '+00:00')

/** L4: nothing that a peer chooses (a session's name, a user agent) makes a second line, moves a cursor or reverses text in a terminal. */
const oneLine = (text: string | null): string | null =>
  text === null
    ? null
    : text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu, '\u{fffd}').slice(0, limits.audit.maxTextLength)

const unavailable = (cause: unknown): AppError =>
  new AppError('unavailable', `The audit log cannot be written, so nothing was changed. ${why(cause)}`, { cause })

/** Without the path: the sentence goes to whoever called. */
const why = (cause: unknown): string => databaseError(cause)?.message ?? 'The log of the daemon says more.'
