import { isLive } from '@sallyport/contract/session-state'
import type { Clock, Log } from '../../api-dependencies.ts'
import { AppError } from '../../errors.ts'
import type { KeeperEvent, KeeperPort, KeptSession } from '../../keeper-port.ts'
import { findSession } from './find-session.ts'
import type { LiveTails } from './live-tail.ts'
import type { SessionStore } from './session.store.ts'
import type { SessionEntry, SessionRecord } from './session-record.ts'
import { createSessionTable, type SessionTable } from './session-table.ts'
import type { TerminalSize } from './terminal.ts'

/** The keeper tells what it has as soon as it is connected. Without one the list is shown as it was stored. */
const FIRST_SNAPSHOT_TIMEOUT_MS = 3000

/** What happened to a session that nobody asked for in this moment. */
export type SessionNews = { readonly kind: 'ended' | 'lost' | 'complete'; readonly session: SessionEntry }

/**
 * All sessions of this data dir, ended ones included, in memory: the one source of truth (SPEC S3). Filled from the store once, kept right by what the
 * keeper pushes; nothing polls, and no list or keystroke touches SQLite.
 */
export interface LiveSessions extends Pick<SessionTable, 'entries' | 'when' | 'subscribe'> {
  /** Loads the store and waits for the keeper's first word. Rejects while the database cannot be read; the next call tries again. */
  ready(): Promise<void>
  /** @throws AppError `not_found` or `ambiguous` */
  find(ref: string): Promise<SessionEntry>
  /** A new session, whose row is committed. */
  add(record: SessionRecord): void
  /** The keeper has started it. */
  started(kept: KeptSession): SessionEntry
  /** It never ran. */
  failed(id: string): Promise<void>
  endRequested(id: string): void
  resized(id: string, size: TerminalSize): void
  advanced(id: string, end: number): void
  viewersChanged(id: string, viewers: number): void
  renamed(id: string, name: string): SessionEntry
  removed(id: string): void
  /** Resolves when nothing is on its way to the store. */
  settled(): Promise<void>
  dispose(): void
}

interface LiveDependencies {
  readonly store: SessionStore
  readonly keeper: KeeperPort
  readonly tails: LiveTails
  readonly clock: Clock
  readonly log: Log
  /** Where the log of a session that nobody closed ends. */
  readonly logEnd: (id: string) => Promise<number>
  readonly onNews: (news: SessionNews) => void
  /** The connection to the keeper is a new one. */
  readonly onSnapshot: () => void
}

export const createLiveSessions = (deps: LiveDependencies): LiveSessions => {
  const table = createSessionTable()
  const { entries, update } = table
  /** Started by this process and not yet confirmed: a snapshot that lacks one says nothing about it. */
  const spawning = new Set<string>()
  /** Reported as not started. If the keeper has one after all (its answer was lost), nobody knows of it and it must not run. */
  const abandoned = new Set<string>()
  let early: KeeperEvent[] | undefined = []
  let loading: Promise<void> | undefined
  let gotSnapshot: () => void = () => undefined
  const firstSnapshot = new Promise<void>((resolve) => {
    gotSnapshot = resolve
  })

  const background = new Set<Promise<void>>()
  const inBackground = (work: Promise<void>) => {
    background.add(work)
    void work.finally(() => background.delete(work))
  }

  const applyKept = (kept: KeptSession): SessionEntry | undefined => {
    const entry = entries.get(kept.id)
    if (entry === undefined) {
      dismiss(kept)
      return undefined
    }
    spawning.delete(kept.id)
    const now = stateOf(entry, kept, deps.clock)
    const updated = update(kept.id, now, isOnlyGrowth(entry, now) ? 'churn' : 'urgent')
    if (updated === undefined) return undefined
    if (isLive(entry.state) && !isLive(updated.state)) deps.onNews({ kind: 'ended', session: updated })
    // Also for what the store had as ended already: the keeper keeps it until it is told to forget.
    if (!isLive(updated.state) && (isLive(entry.state) || updated.complete)) settle(updated)
    return updated
  }

  /** Not ours any more: removed while its last children held the terminal, or reported as not started. */
  const dismiss = ({ id, pid, state, complete }: KeptSession) => {
    if (complete) {
      abandoned.delete(id)
      inBackground(deps.keeper.forget(id).catch(noted('the keeper did not forget a session', id)))
    } else if (state === 'running' && abandoned.has(id)) {
      inBackground(deps.keeper.signal(id, 'SIGKILL').catch(noted('the keeper did not end a session', id)))
    } else if (state === 'running') {
      deps.log.warn('the keeper has a session that the database does not know', { session: id, pid })
    }
  }

  const noted = (message: string, session: string) => (error: unknown) => deps.log.warn(message, { session, error })

  /** Stored first, forgotten by the keeper only then: a daemon that dies in between asks again. */
  const settle = (entry: SessionEntry) => {
    const work = async () => {
      await deps.store.recordEnd(entry)
      if (!entry.complete) return
      // The watchers' last bytes may never have reached a full disk: the keeper has them until its watch is through.
      await deps.tails.drained(entry.id)
      await deps.keeper.forget(entry.id)
      // A watch that began in between is one of a session that the keeper does not know: nothing would ever come through it.
      deps.tails.close(entry.id)
      deps.onNews({ kind: 'complete', session: entry })
    }
    const failed = (error: unknown) =>
      deps.log.error('the end of a session was not recorded; the next connection to the keeper tries again', {
        session: entry.id,
        error,
      })
    inBackground(work().catch(failed))
  }

  const lose = async (entry: SessionEntry) => {
    const logBytes = Math.max(entry.logBytes, await deps.logEnd(entry.id))
    const endedAt = isLive(entry.state) ? deps.clock.now() : entry.endedAt
    const state = isLive(entry.state) ? 'lost' : entry.state
    const lost = update(entry.id, { state, endedAt, logBytes, complete: true, recordingPaused: null })
    deps.tails.close(entry.id)
    if (lost === undefined) return
    await deps.store.recordEnd(lost)
    if (state === 'lost') deps.onNews({ kind: 'lost', session: lost })
  }

  const reconcile = async (kept: readonly KeptSession[]) => {
    for (const session of kept) applyKept(session)
    const known = new Set(kept.map(({ id }) => id))
    const gone = [...entries.values()].filter(({ id }) => !known.has(id) && !spawning.has(id))
    // A complete one that is still being watched would wait for a keeper that is gone.
    for (const { id, complete } of gone) if (complete) deps.tails.close(id)
    await Promise.all(gone.filter(({ complete }) => !complete).map(lose))
  }

  const onEvent = (event: KeeperEvent) => {
    if (early !== undefined) {
      early.push(event)
      return
    }
    // Sessions stay as they are until the next keeper says what it has.
    if (event.kind === 'disconnected') return
    if (event.kind === 'changed') {
      applyKept(event.session)
      return
    }
    deps.onSnapshot()
    inBackground(
      reconcile(event.sessions)
        .catch((error: unknown) => deps.log.error('lost sessions could not be recorded', { error }))
        .finally(gotSnapshot),
    )
  }
  const stopEvents = deps.keeper.onEvent(onEvent)

  const load = async () => {
    for (const record of await deps.store.all()) {
      const complete = !isLive(record.state)
      table.set({ ...record, ...fresh, complete })
    }
    const waiting = early ?? []
    early = undefined
    for (const event of waiting) onEvent(event)
    await Promise.race([firstSnapshot, delay(FIRST_SNAPSHOT_TIMEOUT_MS)])
  }

  const ready = (): Promise<void> => {
    loading ??= load().catch((error: unknown) => {
      loading = undefined
      throw error
    })
    return loading
  }

  return {
    entries,
    ready,
    find: async (ref) => {
      await ready()
      return findSession(entries, ref)
    },
    when: table.when,
    subscribe: table.subscribe,
    add: (record) => {
      spawning.add(record.id)
      table.set({ ...record, ...fresh, complete: false })
    },
    started: (kept) => {
      // A program that is quick has ended before the keeper's answer to `spawn` is here.
      const known = entries.get(kept.id)
      const entry = known !== undefined && known.state !== 'starting' ? known : applyKept(kept)
      if (entry === undefined) throw new AppError('not_found', 'The session was removed while it was starting.')
      return entry
    },
    failed: async (id) => {
      spawning.delete(id)
      abandoned.add(id)
      table.remove(id)
      await deps.store.remove(id)
    },
    endRequested: (id) => void update(id, { endRequested: true }, 'churn'),
    resized: (id, size) => void update(id, size),
    advanced: (id, end) => {
      if (end > (entries.get(id)?.logBytes ?? Number.POSITIVE_INFINITY)) update(id, { logBytes: end }, 'churn')
    },
    viewersChanged: (id, viewers) => void update(id, { viewers }, 'churn'),
    renamed: (id, name) => {
      const entry = update(id, { name })
      if (entry === undefined) throw new AppError('not_found', 'The session has just been removed.')
      return entry
    },
    removed: (id) => {
      table.remove(id)
      deps.tails.close(id)
    },
    settled: async () => {
      await Promise.all(background)
    },
    dispose: stopEvents,
  }
}

const fresh = { recordingPaused: null, viewers: 0, endRequested: false } as const

type KeptState = Pick<
  SessionEntry,
  'state' | 'exitCode' | 'signal' | 'endedAt' | 'logBytes' | 'cols' | 'rows' | 'recordingPaused' | 'complete'
>

const isOnlyGrowth = (before: SessionEntry, now: KeptState): boolean =>
  (['state', 'cols', 'rows', 'recordingPaused', 'complete'] as const).every((name) => before[name] === now[name])

/** SPEC S3: `killed` when we were asked to end it and a signal did; a program that leaves by itself on SIGTERM has `exited`. */
const stateOf = (entry: SessionEntry, kept: KeptSession, clock: Clock): KeptState => {
  const { cols, rows, recordingPaused, complete } = kept
  const common = { cols, rows, recordingPaused, complete, logBytes: Math.max(entry.logBytes, kept.end) }
  if (kept.state === 'running') return { ...common, state: 'running', exitCode: null, signal: null, endedAt: null }
  const { code: exitCode, signal } = kept.exit ?? { code: null, signal: null }
  const wasKilled = signal !== null && (entry.endRequested || entry.state === 'killed')
  const endedAt = kept.exitedAt ?? entry.endedAt ?? clock.now()
  return { ...common, state: wasKilled ? 'killed' : 'exited', exitCode, signal, endedAt }
}

const delay = (ms: number): Promise<void> =>
  new Promise((resolve) => {
    setTimeout(resolve, ms).unref()
  })
