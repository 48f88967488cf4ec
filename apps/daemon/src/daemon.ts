import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import type { Clock, Log } from '@sallyport/api/api-dependencies'
import type { AuthMode } from '@sallyport/contract/auth'
import { acquireFileLock, type FileLock, LockHeldError } from '@sallyport/unix-socket/file-lock'
import { ensurePrivateDirectory } from '@sallyport/unix-socket/private-directory'
import type { Assets } from './assets.ts'
import { type Environment, keeperEnvironment } from './config/environment.ts'
import type { Config } from './config/load.ts'
import { readInstallIdentity } from './install-identity.ts'
import { configDirectory, loadInstall } from './install-key.ts'
import { createKeeperClient, type KeeperClient } from './keeper/keeper-client.ts'
import { keeperLogLimits } from './keeper/log-limits.ts'
import type { DoorRefusal } from './listeners/served-api.ts'
import { type LoadedApi, loadApi } from './load-api.ts'
import { type LoginEnvironment, readLoginEnvironment, readOsUser } from './login-environment.ts'
import { createMasterKeys } from './master-key/master-keys.ts'
import { masterKeySource } from './master-key/source-of.ts'
import { networkWarning } from './network-warning.ts'
import { openListeners } from './open-listeners.ts'
import { createSealedSecrets } from './sealed-secrets.ts'
import { VERSION } from './version.ts'

export interface DaemonOptions {
  readonly config: Config
  readonly environment: Environment
  readonly assets: Assets
  /** What the daemon was started with, before it narrowed its own. */
  readonly umask: number
  readonly log: Log
  readonly clock: Clock
}

export interface Daemon {
  /** Canonical address (W6), null without HTTP. */
  readonly url: string | null
  readonly socketPath: string
  readonly mode: AuthMode
  /** What the first sign-in of this install needs; null when it has been. Rejects when the database cannot be used. */
  firstRunPassword(): Promise<string | null>
  /** Settles when everything behind the listeners works, which may take until somebody lets go of the database; rejects when there is no api or no keeper. */
  readonly ready: Promise<void>
  /** Settles when the daemon has stopped, by `stop` or by `admin.stop`. */
  readonly stopped: Promise<void>
  /** Leaves the keeper and its sessions. A second call waits for the first. `reason` goes to the audit log. */
  stop(reason: string): Promise<void>
}

/** Another daemon serves this data dir. The message names it. */
export class AlreadyRunningError extends Error {
  override readonly name = 'AlreadyRunningError'
}

/** Between attempts to get at a database that cannot be used. */
const RETRY_MIN_MS = 1_100
const RETRY_MAX_MS = 30_000
/** S4. */
const SESSION_STOP_GRACE_MS = 10_000
/** Between `admin.stop` and the first thing that closes, its audit row is committed and its answer sent. */
const ANSWER_GRACE_MS = 250

const lockDataDir = async (dataDir: string): Promise<FileLock> => {
  await ensurePrivateDirectory(dataDir)
  return acquireFileLock(join(dataDir, 'daemon.lock')).catch((error: unknown) => {
    if (!(error instanceof LockHeldError)) throw error
    const who = error.holderPid === undefined ? 'another process' : `process ${error.holderPid}`
    throw new AlreadyRunningError(
      `a daemon is already running in ${dataDir} (${who}); stop it with: sallyport daemon stop`,
    )
  })
}

/** Listens first, so that people and service managers get an answer at once; keeper, api and database follow behind. */
export const startDaemon = async (options: DaemonOptions): Promise<Daemon> => {
  const lock = await lockDataDir(options.config.dataDir)
  try {
    return await startLocked(options, lock)
  } catch (error) {
    await lock.release()
    throw error
  }
}

const startLocked = async (
  { config, environment, assets, umask, log, clock }: DaemonOptions,
  lock: FileLock,
): Promise<Daemon> => {
  const { dataDir, values } = config
  const startedAt = clock.now()
  const socketPath = join(dataDir, 'sallyport.sock')
  const configDir = configDirectory(environment)
  const install = await loadInstall(dataDir, configDir)
  const { identity, warning } = await readInstallIdentity(config.installId, dataDir)
  // In the other modes nothing is bound to it that outlives a restart.
  if (warning !== null && config.auth.mode === 'password') log.warn(warning)

  // Read in the background: a keyring may ask its owner first, and nothing but env sets waits for it.
  const masterKeys = createMasterKeys({
    source: await masterKeySource({
      configDir,
      installId: install.id,
      environment,
      configured: values['env_sets.master_key'],
    }),
    clock,
    log,
  })

  let loaded: LoadedApi | undefined
  let apiProblem: string | null = 'the api is being loaded'
  let loginEnvironment: Promise<LoginEnvironment> | undefined
  let loginProblem: string | null = null
  let keeper: KeeperClient | undefined
  const whenLoaded = deferred<LoadedApi>()
  const api = () => whenLoaded.promise
  // Its rejection is handled by whoever waits; with nobody waiting it is logged below.
  whenLoaded.promise.catch(() => undefined)

  const health = {
    // Public, so it names parts only; `daemon status` has the sentences.
    problems: () => [
      ...(apiProblem === null ? [] : ['the api is not ready']),
      ...(keeper === undefined || keeper.problem() !== null ? ['the keeper is not connected'] : []),
    ],
  }
  const onRefused = (refusal: DoorRefusal): void => {
    api().then(
      (it) => it.recordRefusal(refusal),
      () => log.warn('refused, and not in the audit log because the api is not there', { ...refusal }),
    )
  }

  const listeners = await openListeners({ values, socketPath, webDirectory: assets.web, health, api, log, onRefused })
  const { url } = listeners
  const exposed = networkWarning(values)
  if (exposed !== null) log.warn(exposed)

  const runningKeeper = createKeeperClient({
    program: { dataDir, file: assets.keeper, environment: keeperEnvironment(environment) },
    logLimits: keeperLogLimits(values),
    logDirectory: async (id) =>
      (await import('@sallyport/api/features/session/output-cursor')).sessionLogDirectory(dataDir, id),
    log,
    now: clock.now,
  })
  keeper = runningKeeper

  const record = async (event: 'daemon.started' | 'daemon.stopped', reason: string): Promise<void> => {
    await loaded
      ?.recordDaemon(event, reason)
      .catch((error: unknown) => log.error('not in the audit log', { event, error }))
  }

  const stopped = deferred<void>()
  let stopping = false
  /** `reason`: null when the call that asked for it has its own audit row. */
  const stop = (all: boolean, reason: string | null): Promise<void> => {
    if (stopping) return stopped.promise
    stopping = true
    stopEverything(all, reason).then(stopped.resolve, stopped.reject)
    return stopped.promise
  }
  const stopEverything = async (all: boolean, reason: string | null): Promise<void> => {
    log.info('stopping', { all, reason })
    if (reason !== null) await record('daemon.stopped', reason)
    if (all && runningKeeper.pid !== null) {
      await runningKeeper
        .shutdown(SESSION_STOP_GRACE_MS)
        .catch((error: unknown) => log.error('the keeper did not stop', { error }))
    }
    await listeners.close()
    // What cannot be written any more must not keep the lock.
    await loaded?.close().catch((error: unknown) => log.error('the api did not close cleanly', { error }))
    runningKeeper.close()
    await lock.release()
    log.info('stopped', {})
  }

  const loadedApi = loadApi({
    clock,
    log,
    keeper: runningKeeper,
    dataDir,
    migrations: assets.migrations,
    install,
    installIdentity: identity,
    sealedSecrets: createSealedSecrets(configDir, install),
    masterKeys,
    osUser: readOsUser(),
    umask,
    loginEnvironment: async () => {
      loginEnvironment ??= readLoginEnvironment({ user: readOsUser(), mark: randomBytes(16).toString('hex') })
      const { variables, problem } = await loginEnvironment
      loginProblem = problem
      return variables
    },
    config,
    daemon: {
      startedAt,
      url: () => url,
      problems: () =>
        [apiProblem, runningKeeper.problem(), loginProblem, masterKeys.problem()].filter((problem) => problem !== null),
      stop: (all) => void setTimeout(() => void stop(all, null), ANSWER_GRACE_MS),
    },
    socketPath,
  })
  const noteProblem = (error: unknown): void => {
    const { message } = error as Error
    // Said once, however often it is tried.
    if (message !== apiProblem) log.error('the api cannot start', { error })
    apiProblem = message
  }
  /** A locked or full disk, a file in the way: the daemon stays up, says so, and goes on when it is over. */
  const serveCalls = async (api: LoadedApi): Promise<void> => {
    for (let attempt = 0; apiProblem !== null && !stopping; attempt += 1) {
      try {
        await api.ready()
        apiProblem = null
      } catch (error) {
        noteProblem(error)
        await pause(Math.min(RETRY_MIN_MS * 2 ** attempt, RETRY_MAX_MS))
      }
    }
  }
  const ready = (async (): Promise<void> => {
    try {
      loaded = await loadedApi
      whenLoaded.resolve(loaded)
    } catch (error) {
      noteProblem(error)
      whenLoaded.reject(error)
      throw error
    }
    await serveCalls(loaded)
    if (stopping) return
    await runningKeeper.ready
    await record('daemon.started', VERSION)
    log.info('ready', { url, socketPath })
  })()
  ready.catch(() => undefined)

  return {
    url,
    socketPath,
    mode: config.auth.mode,
    firstRunPassword: async () => (await api()).firstRunPassword(),
    ready,
    stopped: stopped.promise,
    stop: (reason) => stop(false, reason),
  }
}

/** Keeps no stopping daemon alive. */
const pause = (ms: number): Promise<void> => new Promise((resolve) => void setTimeout(resolve, ms).unref())

const deferred = <T>() => {
  let resolve: (value: T) => void = () => undefined
  let reject: (error: unknown) => void = () => undefined
  const promise = new Promise<T>((onResolve, onReject) => {
    resolve = onResolve
    reject = onReject
  })
  return { promise, resolve, reject }
}
