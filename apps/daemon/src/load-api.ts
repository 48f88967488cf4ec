import { join } from 'node:path'
import type { ApiDependencies, AuthConfig } from '@sallyport/api/api-dependencies'
import { stretchingProfiles } from '@sallyport/contract/key-stretching'
import type { Database } from '@sallyport/database/database'
import type { Config } from './config/load.ts'
import type { Install } from './install-key.ts'
import type { DoorRefusal, ServedApi } from './listeners/served-api.ts'
import { VERSION } from './version.ts'

/** What the daemon hands to the api, in its own words; the rest of `ApiDependencies` is made of it here. */
export interface ApiSurroundings
  extends Pick<
    ApiDependencies,
    | 'clock'
    | 'log'
    | 'keeper'
    | 'dataDir'
    | 'sealedSecrets'
    | 'masterKeys'
    | 'osUser'
    | 'loginEnvironment'
    | 'umask'
    | 'socketPath'
  > {
  readonly config: Config
  readonly install: Install
  readonly installIdentity: AuthConfig['installIdentity']
  /** Directory of SQL migrations. */
  readonly migrations: string
  readonly daemon: Pick<ApiDependencies['daemon'], 'startedAt' | 'url' | 'problems' | 'stop'>
}

export interface LoadedApi extends ServedApi {
  recordRefusal(refusal: DoorRefusal): void
  recordDaemon(event: 'daemon.started' | 'daemon.stopped', reason?: string): Promise<void>
  /** The setup password of mode `accounts` while nobody has a password of their own; null ever after, and in every other mode. */
  firstRunPassword(): Promise<string | null>
  /** Resolves when the database is open and calls can be served. */
  ready(): Promise<void>
  /** Writes what waits and closes the database. */
  close(): Promise<void>
}

const authOf = ({ values, auth }: Config, installIdentity: AuthConfig['installIdentity']): AuthConfig => ({
  ...auth,
  installIdentity,
  stretching: stretchingProfiles[values['auth.key_stretching']],
  failedSignIns: {
    perClient: values['auth.failed_sign_ins.per_client'],
    perProxy: values['auth.failed_sign_ins.per_proxy'],
    perSecond: values['auth.failed_sign_ins.per_second'],
  },
})

const configOf = ({ values, entries }: Config): Omit<ApiDependencies['config'], 'auth'> => ({
  authSessionDurationMs: values['auth.session_duration'],
  authIdleTimeoutMs: values['auth.idle_timeout'],
  maxLiveSessions: values['session.max_live'],
  maxStreams: values['streams.max'],
  maxStreamsPerAuthSession: values['streams.max_per_auth_session'],
  logRetentionMs: values['log.retention'],
  logTotalMaxBytes: values['log.total_max_bytes'],
  providers: values.providers,
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

/** Each attempt may block the whole daemon for the driver's busy timeout (250 ms): calls in between share the answer of the last one. */
const FAILED_OPEN_KEPT_MS = 1_000

/** A database that is locked when the daemon starts, or moved away and put back, is opened by a later call without a restart. */
const onceOpened = (open: () => Promise<Database>) => {
  let database: Promise<Database> | undefined
  const openOnce = (): Promise<Database> => {
    if (database !== undefined) return database
    const opening = open()
    database = opening
    opening.catch(() => {
      setTimeout(() => {
        database = undefined
      }, FAILED_OPEN_KEPT_MS).unref()
    })
    return opening
  }
  return { openOnce, opened: () => database }
}

/**
 * Loads the api behind the listeners that already answer: zod, tRPC's core and every feature are read from disk here, Prisma and its driver when the
 * database is first asked for (V5).
 */
export const loadApi = async (surroundings: ApiSurroundings): Promise<LoadedApi> => {
  const { config, install, installIdentity, migrations, daemon, ...shared } = surroundings
  const [{ createApi }, { publicError }, { hasRole }] = await Promise.all([
    import('@sallyport/api/server'),
    import('@sallyport/api/errors'),
    import('@sallyport/api/access/actor'),
  ])
  const { openOnce, opened } = onceOpened(async () => {
    const it = await import('@sallyport/database/database')
    return it.openDatabase({ path: join(shared.dataDir, 'sallyport.db'), migrations, log: shared.log })
  })
  const api = createApi({
    ...shared,
    database: openOnce,
    installKey: install.key,
    installId: install.id,
    config: { ...configOf(config), auth: authOf(config, installIdentity) },
    daemon: { ...daemon, pid: process.pid, version: VERSION },
  })

  return {
    router: api.router,
    createContext: api.createContext,
    isSignedIn: async (connection) => hasRole(await api.authenticate(connection), 'viewer'),
    opened: api.connectionOpened,
    downloadLog: async (connection, sessionRef, format, signal) => {
      const caller = { connection, actor: await api.authenticate(connection) }
      return api.downloadLog({ sessionRef, format, caller, signal })
    },
    describeError: describeWith(publicError, shared.log),
    recordRefusal: ({ kind, peer, reason, target }) =>
      api.recordRefusal({ event: `${kind}.refused`, address: peer, reason, ...(target === null ? {} : { target }) }),
    recordDaemon: api.recordDaemon,
    firstRunPassword: api.firstRunPassword,
    ready: api.ready,
    close: async () => {
      await api.close()
      // One that never opened has said why, and has nothing to close.
      await opened()?.then(
        (database) => database.close(),
        () => undefined,
      )
    },
  }
}
