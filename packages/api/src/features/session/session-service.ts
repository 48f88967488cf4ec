import type { DaemonStatus } from '@sallyport/contract/admin'
import { isLive } from '@sallyport/contract/session-state'
import { openSessionLog } from '@sallyport/session-log/session-log-reader'
import { SessionLogError } from '@sallyport/session-log/types'
import type { ApiDependencies } from '../../api-dependencies.ts'
import type { AuditLog } from '../../audit/audit-log.ts'
import type { Slots } from '../../limits/slots.ts'
import type { OpenConnections } from '../../open-connections.ts'
import type { Caller } from './caller.ts'
import { type CreateRequest, createSession } from './create-session.ts'
import { type DownloadCall, downloadLog } from './download-log.ts'
import { endSession, STOP_GRACE_MS } from './end-session.ts'
import { listProviders } from './list-providers.ts'
import { createLiveSessions, type SessionNews } from './live-sessions.ts'
import { createLiveTails } from './live-tail.ts'
import { type OutputCall, openOutput } from './open-output.ts'
import { sessionLogDirectory } from './output-cursor.ts'
import { createProviderRegistry } from './providers/provider-registry.ts'
import { removeEnded, removeSession } from './remove-session.ts'
import { renameSession } from './rename-session.ts'
import { createReservations } from './reservations.ts'
import { resizeSession, takeControl } from './resize-session.ts'
import { createRetention } from './retention.ts'
import { runAgain } from './run-again.ts'
import { createSessionStore } from './session.store.ts'
import type { SessionEnvSets } from './session-env-sets.ts'
import { sessionSummary, sessionView } from './session-record.ts'
import { Terminal } from './terminal.ts'
import { pasteIntoSession, pressKeys, writeToSession } from './type-into-session.ts'
import { createViewers } from './viewers.ts'

export interface SessionServiceDependencies
  extends Pick<
    ApiDependencies,
    'clock' | 'log' | 'database' | 'keeper' | 'dataDir' | 'socketPath' | 'osUser' | 'loginEnvironment' | 'umask'
  > {
  readonly audit: AuditLog
  readonly config: Pick<
    ApiDependencies['config'],
    'maxLiveSessions' | 'logRetentionMs' | 'logTotalMaxBytes' | 'providers'
  >
  readonly envSets: SessionEnvSets
  /** Of output streams and log downloads (O3). */
  readonly slots: Slots
  readonly onAuthSessionEnded: OpenConnections['onAuthSessionEnded']
}

export type SessionService = ReturnType<typeof createSessionService>

/**
 * The wiring of this feature, top to bottom. It must exist before the keeper is connected, so that no event of it is missed.
 */
export const createSessionService = (deps: SessionServiceDependencies) => {
  const { clock, log, keeper, dataDir, config, slots } = deps
  const store = createSessionStore(deps.database)

  const tails = createLiveTails({ keeper, clock, onEnd: (id, end) => sessions.advanced(id, end) })

  const onNews = ({ kind, session }: SessionNews) => {
    if (kind !== 'ended') retention.check()
    if (kind === 'complete') return
    const row = { actor: 'system', address: null, count: 1, target: session.name, session: session.id } as const
    const how = session.signal ?? (session.exitCode === null ? null : `exit code ${session.exitCode}`)
    const ended =
      kind === 'lost'
        ? ({ ...row, event: 'session.lost', outcome: 'failed', reason: 'the keeper died' } as const)
        : ({ ...row, event: 'session.exited', outcome: 'ok', reason: how } as const)
    // The audit log itself says so when it cannot be written; the session has ended all the same.
    deps.audit
      .write(ended)
      .catch((error: unknown) => log.warn('the end of a session is not in the audit log', { error }))
  }

  const sessions = createLiveSessions({
    store,
    keeper,
    tails,
    clock,
    log,
    logEnd: (id) => logEnd(sessionLogDirectory(dataDir, id)),
    onNews,
    onSnapshot: () => viewers.keeperAnswers(),
  })

  const viewers = createViewers({
    createTerminal: (id) => createTerminal(id),
    onCount: (id, count) => sessions.viewersChanged(id, count),
  })

  const createTerminal = (id: string): Terminal => {
    const entry = () => sessions.entries.get(id)
    const end = () => Math.max(tails.peek(id)?.end ?? 0, entry()?.logBytes ?? 0)
    return new Terminal({
      end,
      size: () => ({ cols: entry()?.cols ?? 80, rows: entry()?.rows ?? 24 }),
      resize: async (size) => {
        if (entry()?.state !== 'running') return
        await keeper.resize(id, size.cols, size.rows)
        sessions.resized(id, size)
      },
      // What has ended asks nothing, and its keeper may have forgotten it.
      answerQueries: async (by) => (entry()?.state === 'running' ? keeper.answerQueries(id, by) : end()),
      onTrouble: (error) => log.warn('the keeper did not change a terminal', { session: id, error }),
    })
  }

  const reservations = createReservations(sessions.entries, config.maxLiveSessions)
  const retention = createRetention({ clock, log, dataDir, config, sessions, store, audit: deps.audit })

  const providers = createProviderRegistry(config.providers)
  const creating = { ...deps, sessions, reservations, store, providers }
  const ending = { sessions, keeper, store, dataDir }
  const typing = { sessions, viewers, keeper }
  const sharing = { sessions, viewers }
  const reading = { sessions, tails, viewers, slots, clock, log, dataDir }

  let firstLook: Promise<void> | undefined
  const ready = (): Promise<void> => {
    firstLook ??= sessions.ready().then(
      () => retention.check(),
      (error: unknown) => {
        firstLook = undefined
        throw error
      },
    )
    return firstLook
  }

  return {
    ready,
    create: (request: CreateRequest, caller: Caller) => createSession(creating, request, { caller }),
    runAgain: (ref: string, caller: Caller) => runAgain(creating, ref, caller),
    providers: () => listProviders(creating),
    list: async () => {
      await ready()
      return { sessions: [...sessions.entries.values()].map(sessionSummary) }
    },
    get: async (ref: string) => ({ session: sessionView(await sessions.find(ref)) }),
    changes: async (signal: AbortSignal) => {
      await ready()
      return sessions.subscribe(signal)
    },
    output: (call: OutputCall) => openOutput(reading, call),
    write: writeToSession.bind(null, typing),
    keys: pressKeys.bind(null, typing),
    paste: pasteIntoSession.bind(null, typing),
    resize: resizeSession.bind(null, sharing),
    takeControl: takeControl.bind(null, sharing),
    stop: (ref: string, caller: Caller) => endSession(ending, { ref, graceMs: STOP_GRACE_MS, caller }),
    kill: (ref: string, caller: Caller) => endSession(ending, { ref, graceMs: 0, caller }),
    rename: renameSession.bind(null, { sessions, reservations, store }),
    remove: removeSession.bind(null, ending),
    removeEnded: removeEnded.bind(null, ending),

    /** For `GET /sessions/<id>/log`. */
    downloadLog: (call: DownloadCall) => downloadLog({ ...reading, onAuthSessionEnded: deps.onAuthSessionEnded }, call),

    /** For `daemon status`. */
    counts: async (): Promise<DaemonStatus['sessions']> => {
      await ready()
      const live = [...sessions.entries.values()].filter(({ state }) => isLive(state)).length
      return { live, ended: sessions.entries.size - live }
    },

    /** Sessions go on: they belong to the keeper. */
    close: async (): Promise<void> => {
      sessions.dispose()
      tails.dispose()
      retention.dispose()
      await Promise.all([sessions.settled(), retention.settled()])
    },
  }
}

/** 0 when there is no log: it was lost before it printed anything, or removed by hand. */
const logEnd = async (directory: string): Promise<number> => {
  try {
    const reader = await openSessionLog(directory)
    const { end } = await reader.info()
    await reader.close()
    return end
  } catch (error) {
    if (error instanceof SessionLogError) return 0
    throw error
  }
}
