import { isLive } from '@sallyport/contract/session-state'
import { logBytes, planRetention, type StoredSession } from '@sallyport/session-log/retention'
import type { ApiDependencies } from '../../api-dependencies.ts'
import type { AuditLog } from '../../audit/audit-log.ts'
import type { LiveSessions } from './live-sessions.ts'
import { sessionLogDirectory } from './output-cursor.ts'
import { discardSession } from './remove-session.ts'
import type { SessionStore } from './session.store.ts'
import type { SessionEntry } from './session-record.ts'

/** Age is counted in days: an hour late is on time. */
const INTERVAL_MS = 60 * 60 * 1000

/** SPEC O4: removes what ended too long ago, and the longest ended while all logs together are too large. */
export interface Retention {
  /** Looks soon; asked again while it looks, it looks once more. */
  check(): void
  /** Resolves when nothing is under way. */
  settled(): Promise<void>
  dispose(): void
}

interface RetentionDependencies extends Pick<ApiDependencies, 'clock' | 'log' | 'dataDir'> {
  readonly config: Pick<ApiDependencies['config'], 'logRetentionMs' | 'logTotalMaxBytes'>
  readonly sessions: LiveSessions
  readonly store: SessionStore
  readonly audit: AuditLog
}

export const createRetention = (deps: RetentionDependencies): Retention => {
  /** A complete log does not grow: 1000 of them are measured once. */
  const measured = new Map<string, number>()
  let running: Promise<void> | undefined
  let again = false
  let timer: NodeJS.Timeout | undefined

  const stored = async ({ id, state, endedAt, complete }: SessionEntry): Promise<StoredSession> => {
    const bytes = measured.get(id) ?? (await logBytes(sessionLogDirectory(deps.dataDir, id)))
    if (complete) measured.set(id, bytes)
    return isLive(state) || !complete || endedAt === null ? { id, bytes } : { id, bytes, endedAt }
  }

  const remove = async (id: string) => {
    const entry = deps.sessions.entries.get(id)
    if (entry === undefined) return
    const row = { actor: 'system', event: 'session.removed', outcome: 'ok', address: null, count: 1 } as const
    await deps.audit.write({ ...row, target: entry.name, session: id, reason: 'retention' })
    await discardSession(deps, id)
    measured.delete(id)
  }

  const look = async () => {
    const sessions: StoredSession[] = []
    for (const entry of deps.sessions.entries.values()) sessions.push(await stored(entry))
    const limits = { maxAgeMs: deps.config.logRetentionMs, maxTotalBytes: deps.config.logTotalMaxBytes }
    for (const id of planRetention(sessions, limits, deps.clock.now())) await remove(id)
  }

  const run = async () => {
    do {
      again = false
      await look()
    } while (again)
  }

  const check = () => {
    again = true
    running ??= run()
      .catch((error: unknown) => deps.log.error('old session logs could not be removed', { error }))
      .finally(() => {
        running = undefined
        schedule()
      })
  }

  const schedule = () => {
    clearTimeout(timer)
    const hasEnded = [...deps.sessions.entries.values()].some(({ state }) => !isLive(state))
    timer = hasEnded ? setTimeout(check, INTERVAL_MS) : undefined
    timer?.unref()
  }

  return {
    check,
    settled: () => running ?? Promise.resolve(),
    dispose: () => clearTimeout(timer),
  }
}
