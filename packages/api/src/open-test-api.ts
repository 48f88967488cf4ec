import { randomBytes, randomUUID } from 'node:crypto'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Role } from '@sallyport/contract/auth'
import { deriveKey } from '@sallyport/crypto/derive'
import { newToken, tokenHash } from '@sallyport/crypto/tokens'
import { type Database, openDatabase } from '@sallyport/database/database'
import { makeDataDirectory } from '@sallyport/testing/data-directory'
import { createFakeClock, type FakeClock } from '@sallyport/testing/fake-clock'
import type { ApiDependencies, Clock } from './api-dependencies.ts'
import type { Connection } from './connection.ts'
import type { KeeperPort } from './keeper-port.ts'
import { createCallerFactory } from './procedure.ts'
import { appRouter } from './router.ts'
import { type Api, createApi } from './server.ts'

const callerOf = createCallerFactory(appRouter)
type Caller = ReturnType<typeof callerOf>

/** A whole API on a real SQLite file, for tests: no listener, and the keeper is the caller's. Production code never imports it. */
export interface TestApi extends AsyncDisposable {
  readonly api: Api
  readonly database: Database
  readonly dataDir: string
  readonly installKey: Uint8Array
  readonly clock: FakeClock
  /** What `admin.stop` asked for. */
  readonly stops: readonly boolean[]
  /** Calls procedures over this connection as tRPC does: limits, authentication and audit included. */
  call(connection: Connection): Caller
  /** The Unix socket. */
  readonly local: Caller
  /** Browsers that were signed in before the daemon started, one of each role. */
  readonly browsers: Readonly<Record<Role, TestBrowser>>
  /** A browser that signs in as the owner with a fresh ticket. */
  signIn(): Promise<TestBrowser>
  /** Everything that is in the audit log, oldest first. */
  auditRows(): Promise<
    { actor: string; event: string; outcome: string; target: string | null; reason: string | null; count: number }[]
  >
}

/** Records what was done to it. */
export interface TestConnection extends Connection {
  readonly closed: { readonly code: number; readonly reason: string }[]
  /** Tokens that were set; null: cleared. */
  readonly cookies: (string | null)[]
  readonly cookieAgesSeconds: number[]
}

export interface TestBrowser {
  readonly token: string
  webSocket(): TestConnection
  request(): TestConnection
}

export interface TestApiOptions {
  readonly keeper?: KeeperPort
  /** Absent: one that stands still until `TestApi.clock` is told to move. */
  readonly clock?: Clock
  readonly config?: Partial<ApiDependencies['config']>
  /** Both of an API that ran before: its sign-ins are still valid. */
  readonly dataDir?: string
  readonly installKey?: Uint8Array
}

const migrations = fileURLToPath(new URL('../../../prisma/migrations', import.meta.url))
const silent = { info: () => undefined, warn: () => undefined, error: () => undefined }
const OS_USER = { name: 'ada', home: '/tmp', shell: '/bin/sh' }

export const openTestApi = async (options: TestApiOptions = {}): Promise<TestApi> => {
  const temporary = options.dataDir === undefined ? await makeDataDirectory() : undefined
  const dataDir = options.dataDir ?? temporary?.path ?? ''
  const installKey = options.installKey ?? new Uint8Array(randomBytes(32))
  const fakeClock = createFakeClock()
  const clock = options.clock ?? fakeClock
  const database = await openDatabase({ path: join(dataDir, 'sallyport.db'), migrations, log: silent })
  const seed = (role: Role) => seedBrowser({ database, installKey, now: clock.now() }, role)
  const browsers = { owner: await seed('owner'), operator: await seed('operator'), viewer: await seed('viewer') }

  const stops: boolean[] = []
  const api = createApi({
    ...surroundings,
    clock,
    database: async () => database,
    keeper: options.keeper ?? keeperWithoutSessions,
    dataDir,
    installKey,
    config: { ...surroundings.config, ...options.config },
    daemon: { ...surroundings.daemon, startedAt: clock.now(), stop: (all) => void stops.push(all) },
  })
  const call = (connection: Connection): Caller => callerOf(api.createContext(connection))
  const local = call(makeConnection({ transport: 'unix', address: 'unix', peerPid: process.pid }))

  return {
    api,
    database,
    dataDir,
    installKey,
    clock: fakeClock,
    stops,
    call,
    local,
    browsers,
    signIn: async () => {
      const { url } = await local.auth.createTicket({})
      const request = makeConnection({ transport: 'http' })
      await call(request).auth.redeemTicket({ ticket: url.slice(url.indexOf('#') + 1) })
      return browserWith(request.cookies[0] ?? '')
    },
    auditRows: () => database.prisma.auditRow.findMany({ orderBy: { seq: 'asc' } }),
    [Symbol.asyncDispose]: async () => {
      await api.close()
      await database.close()
      await temporary?.[Symbol.asyncDispose]()
    },
  }
}

export const makeConnection = (
  facts: Pick<Connection, 'transport'> & Partial<Connection> & { readonly cookieToken?: string | undefined },
): TestConnection => {
  const closed: TestConnection['closed'] = []
  const cookies: TestConnection['cookies'] = []
  const cookieAgesSeconds: number[] = []
  return {
    id: randomUUID(),
    address: '127.0.0.1',
    peerPid: null,
    directLoopback: facts.transport !== 'unix',
    userAgent: 'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/150.0.0.0 Safari/537.36',
    cookieToken: undefined,
    ...(facts.transport === 'http'
      ? {
          cookie: {
            set: (token: string, maxAgeSeconds: number) => {
              cookies.push(token)
              cookieAgesSeconds.push(maxAgeSeconds)
            },
            clear: () => void cookies.push(null),
          },
        }
      : {}),
    close: (code, reason) => void closed.push({ code, reason }),
    ...facts,
    closed,
    cookies,
    cookieAgesSeconds,
  }
}

const browserWith = (token: string): TestBrowser => ({
  token,
  webSocket: () => makeConnection({ transport: 'websocket', cookieToken: token }),
  request: () => makeConnection({ transport: 'http', cookieToken: token }),
})

const seedBrowser = async (
  into: { readonly database: Database; readonly installKey: Uint8Array; readonly now: number },
  role: Role,
): Promise<TestBrowser> => {
  const { prisma } = into.database
  const token = newToken(randomBytes)
  const at = new Date(into.now)
  const user = { id: `user-${role}`, name: role === 'owner' ? OS_USER.name : role, role, createdAt: at }
  await prisma.user.upsert({ where: { id: user.id }, create: user, update: {} })
  await prisma.authSession.create({
    data: {
      id: newSeedId(),
      userId: user.id,
      tokenHash: new Uint8Array(tokenHash(deriveKey(into.installKey, 'auth-session-token/1'), token)),
      kind: 'browser',
      device: 'Firefox on Linux',
      address: '127.0.0.1',
      createdAt: at,
      lastUsedAt: at,
      expiresAt: new Date(into.now + 7 * 24 * 3_600_000),
    },
  })
  return browserWith(token)
}

const newSeedId = (): string => randomBytes(6).toString('hex')

/** For tests of everything but sessions. */
const keeperWithoutSessions: KeeperPort = {
  pid: 1,
  onEvent: (listener) => {
    queueMicrotask(() => listener({ kind: 'snapshot', keeperPid: 1, sessions: [] }))
    return () => undefined
  },
  spawn: () => Promise.reject(new Error('this keeper starts nothing')),
  stop: () => Promise.reject(new Error('this keeper has nothing to stop')),
  answerQueries: async () => 0,
  resize: async () => undefined,
  signal: async () => undefined,
  forget: async () => undefined,
  write: async () => undefined,
  shutdown: async () => undefined,
  watch: () => ({ stop: () => undefined }),
}

const surroundings = {
  log: silent,
  osUser: OS_USER,
  loginEnvironment: async () => ({ PATH: '/usr/bin:/bin' }),
  umask: 0o022,
  socketPath: '/tmp/sallyport.sock',
  config: {
    authSessionDurationMs: 7 * 24 * 3_600_000,
    authIdleTimeoutMs: null,
    maxLiveSessions: 200,
    maxStreams: 64,
    maxStreamsPerAuthSession: 16,
    logRetentionMs: 30 * 24 * 3_600_000,
    logTotalMaxBytes: 10 * 1024 ** 3,
    entries: () => [{ key: 'http.port', value: 8447, source: 'default', origin: null }],
  },
  daemon: { pid: process.pid, version: '0.0.0-test', url: () => 'http://localhost:8447', problems: () => [] },
} satisfies Omit<ApiDependencies, 'clock' | 'database' | 'keeper' | 'dataDir' | 'installKey' | 'daemon'> & {
  daemon: Omit<ApiDependencies['daemon'], 'startedAt' | 'stop'>
}
