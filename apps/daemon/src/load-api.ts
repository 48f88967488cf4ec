import { join } from 'node:path'
import type { ApiDependencies } from '@sallyport/api/api-dependencies'
import type { Database } from '@sallyport/database/database'
import type { Config } from './config/load.ts'
import type { DoorRefusal, ServedApi } from './listeners/served-api.ts'
import { VERSION } from './version.ts'

/** What the daemon hands to the api, in its own words; the rest of `ApiDependencies` is made of it here. */
export interface ApiSurroundings
  extends Pick<
    ApiDependencies,
    'clock' | 'log' | 'keeper' | 'dataDir' | 'installKey' | 'osUser' | 'loginEnvironment' | 'socketPath'
  > {
  readonly config: Config
  /** Directory of SQL migrations. */
  readonly migrations: string
  readonly daemon: Pick<ApiDependencies['daemon'], 'startedAt' | 'url' | 'problems' | 'stop'>
}

export interface LoadedApi extends ServedApi {
  recordRefusal(refusal: DoorRefusal): void
  recordDaemon(event: 'daemon.started' | 'daemon.stopped', reason?: string): Promise<void>
  /** Resolves when the database is open and calls can be served. */
  ready(): Promise<void>
  /** Writes what waits and closes the database. */
  close(): Promise<void>
}

const configOf = ({ values, entries }: Config): ApiDependencies['config'] => ({
  authSessionDurationMs: values['auth.session_duration'],
  authIdleTimeoutMs: values['auth.idle_timeout'],
  maxLiveSessions: values['session.max_live'],
  maxStreams: values['streams.max'],
  maxStreamsPerAuthSession: values['streams.max_per_auth_session'],
  logRetentionMs: values['log.retention'],
  logTotalMaxBytes: values['log.total_max_bytes'],
  entries: () => [...entries],
})

const describeWith =
  (publicError: typeof import('@sallyport/api/errors')['publicError'], log: ApiDependencies['log']) =>
  (error: unknown) => {
    const { message, data } = publicError(error, () => {
      const reference = Math.random().toString(16).slice(2, 10)
      log.error('a request failed', { reference, error })
      return reference
    })
    return { status: data.httpStatus, sentence: message }
  }

/**
 * Loads the api behind the listeners that already answer: zod, tRPC's core and every feature are read from disk here, Prisma and its driver when the
 * database is first asked for (V5).
 */
export const loadApi = async (surroundings: ApiSurroundings): Promise<LoadedApi> => {
  const { config, migrations, daemon, ...shared } = surroundings
  const [{ createApi }, { publicError }] = await Promise.all([
    import('@sallyport/api/server'),
    import('@sallyport/api/errors'),
  ])
  let database: Promise<Database> | undefined
  const openDatabase = (): Promise<Database> => {
    database ??= import('@sallyport/database/database').then((it) =>
      it.openDatabase({ path: join(shared.dataDir, 'sallyport.db'), migrations, log: shared.log }),
    )
    return database
  }
  const api = createApi({
    ...shared,
    database: openDatabase,
    config: configOf(config),
    daemon: { ...daemon, pid: process.pid, version: VERSION },
  })

  return {
    router: api.router,
    createContext: api.createContext,
    isSignedIn: async (connection) => (await api.authenticate(connection)).kind !== 'anonymous',
    opened: api.connectionOpened,
    downloadLog: async (connection, sessionRef, format, signal) => {
      const caller = { connection, actor: await api.authenticate(connection) }
      return api.downloadLog({ sessionRef, format, caller, signal })
    },
    describeError: describeWith(publicError, shared.log),
    recordRefusal: ({ kind, peer, reason, target }) =>
      api.recordRefusal({ event: `${kind}.refused`, address: peer, reason, ...(target === null ? {} : { target }) }),
    recordDaemon: api.recordDaemon,
    ready: api.ready,
    close: async () => {
      await api.close()
      // One that never opened has said why, and has nothing to close.
      await database?.then(
        (opened) => opened.close(),
        () => undefined,
      )
    },
  }
}
