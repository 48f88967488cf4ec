import { randomBytes, randomUUID } from 'node:crypto'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Role } from '@sallyport/contract/auth'
import { deriveKey } from '@sallyport/crypto/derive'
import { newToken, tokenHash } from '@sallyport/crypto/tokens'
import { type Database, openDatabase } from '@sallyport/database/database'
import { makeDataDirectory } from '@sallyport/testing/data-directory'
import { createFakeClock, type FakeClock } from '@sallyport/testing/fake-clock'
import { provePassword } from '@sallyport/testing/password-browser'
import type { ApiDependencies, AuthConfig, Clock, MasterKeys, SealedSecrets } from './api-dependencies.ts'
import type { Connection, CookieName } from './connection.ts'
import type { KeeperPort } from './keeper-port.ts'
import { masterKeysInMemory } from './master-keys-in-memory.ts'
import { createCallerFactory } from './procedure.ts'
import { appRouter } from './router.ts'
import { type Api, createApi } from './server.ts'
import { secretsInMemory, testConfig, testInstallId } from './test-dependencies.ts'

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
  /** A browser without any cookie, that keeps those it is given. */
  newBrowser(facts?: Partial<Connection>): CookieBrowser
  readonly sealedSecrets: SealedSecrets
  /** Everything that is in the audit log, oldest first. */
  auditRows(): Promise<
    { actor: string; event: string; outcome: string; target: string | null; reason: string | null; count: number }[]
  >
}

/** Records what was done to it. */
export interface TestConnection extends Connection {
  readonly closed: { readonly code: number; readonly reason: string }[]
  /** Tokens of the auth-session cookie that were set; null: cleared. */
  readonly cookiesSet: (string | null)[]
  readonly cookieAgesSeconds: number[]
}

export interface TestBrowser {
  readonly token: string
  webSocket(): TestConnection
  request(): TestConnection
}

/** Keeps the cookies it is given, as a browser does. */
export interface CookieBrowser {
  readonly cookies: ReadonlyMap<CookieName, string>
  /** Plants or removes one, as an attacker on a neighbouring port can. */
  plant(name: CookieName, value: string | null): void
  request(): Connection
  webSocket(): TestConnection
  /** Procedures over a new HTTP request each. */
  readonly call: Caller
}

export interface TestApiOptions {
  readonly keeper?: KeeperPort
  /** Absent: one that stands still until `TestApi.clock` is told to move. */
  readonly clock?: Clock
  readonly config?: Partial<Omit<ApiDependencies['config'], 'auth'>>
  readonly auth?: Partial<AuthConfig>
  /** Both of an API that ran before: its sign-ins are still valid. */
  readonly dataDir?: string
  readonly installKey?: Uint8Array
  readonly sealedSecrets?: SealedSecrets
  readonly masterKeys?: MasterKeys
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

  const sealedSecrets = options.sealedSecrets ?? secretsInMemory()
  const stops: boolean[] = []
  const api = createApi({
    ...surroundings,
    clock,
    database: async () => database,
    keeper: options.keeper ?? keeperWithoutSessions,
    dataDir,
    installKey,
    sealedSecrets,
    masterKeys: options.masterKeys ?? masterKeysInMemory(),
    config: { ...testConfig, ...options.config, auth: { ...testConfig.auth, ...options.auth } },
    daemon: { ...surroundings.daemon, startedAt: clock.now(), stop: (all) => void stops.push(all) },
  })
  const call = (connection: Connection): Caller => callerOf(api.createContext(connection))
  const local = call(makeConnection({ transport: 'unix', address: 'unix', peerPid: process.pid }))

  return {
    api,
    database,
    dataDir,
    installKey,
    sealedSecrets,
    clock: fakeClock,
    stops,
    call,
    local,
    browsers,
    signIn: async () => {
      const { url } = await local.auth.createTicket({})
      const request = makeConnection({ transport: 'http' })
      await call(request).auth.redeemTicket({ ticket: url.slice(url.indexOf('#') + 1) })
      return browserWith(request.cookiesSet[0] ?? '')
    },
    newBrowser: (facts = {}) => makeBrowser(call, facts),
    auditRows: () => database.prisma.auditRow.findMany({ orderBy: { seq: 'asc' } }),
    [Symbol.asyncDispose]: async () => {
      await api.close()
      await database.close()
      await temporary?.[Symbol.asyncDispose]()
    },
  }
}

export const makeConnection = (facts: Pick<Connection, 'transport'> & Partial<Connection>): TestConnection => {
  const closed: TestConnection['closed'] = []
  const cookiesSet: TestConnection['cookiesSet'] = []
  const cookieAgesSeconds: number[] = []
  const address = facts.address ?? '127.0.0.1'
  return {
    id: randomUUID(),
    address,
    peerAddress: address,
    viaTrustedProxy: false,
    peerPid: null,
    directLoopback: facts.transport !== 'unix',
    userAgent: 'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/150.0.0.0 Safari/537.36',
    cookieToken: undefined,
    signInToken: undefined,
    deviceToken: undefined,
    ...(facts.transport === 'http'
      ? {
          cookies: {
            set: (name: CookieName, token: string, maxAgeSeconds: number) => {
              if (name !== 'session') return
              cookiesSet.push(token)
              cookieAgesSeconds.push(maxAgeSeconds)
            },
            clear: (name: CookieName) => {
              if (name === 'session') cookiesSet.push(null)
            },
          },
        }
      : {}),
    close: (code, reason) => void closed.push({ code, reason }),
    ...facts,
    closed,
    cookiesSet,
    cookieAgesSeconds,
  }
}

const makeBrowser = (call: (connection: Connection) => Caller, facts: Partial<Connection>): CookieBrowser => {
  const cookies = new Map<CookieName, string>()
  const sent = () => ({
    cookieToken: cookies.get('session'),
    signInToken: cookies.get('sign_in'),
    deviceToken: cookies.get('device'),
  })
  const jar = {
    set: (name: CookieName, value: string) => void cookies.set(name, value),
    clear: (name: CookieName) => void cookies.delete(name),
  }
  const request = (): Connection => makeConnection({ ...facts, transport: 'http', ...sent(), cookies: jar })
  // tRPC's caller is a proxy itself: each access of a feature begins a request with the cookies of that moment.
  const calls = new Proxy({} as Caller, { get: (_target, feature) => Reflect.get(call(request()), feature) })
  return {
    cookies,
    plant: (name, value) => void (value === null ? cookies.delete(name) : cookies.set(name, value)),
    request,
    webSocket: () => makeConnection({ ...facts, transport: 'websocket', ...sent() }),
    call: calls,
  }
}

/** Both messages of a sign-in with a password, as the page sends them. Rejects at the second one, with the daemon's answer, when the password is wrong. */
export const signInWith = async (
  { call }: CookieBrowser,
  { user = OS_USER.name, password }: { readonly user?: string; readonly password: string },
): Promise<{ next: string }> => {
  const { stretching, serverId, asksUserName } = await call.auth.signInOptions()
  const start = (request: string) => call.auth.startSignIn({ ...(asksUserName ? { user } : {}), request })
  const finish = await provePassword({ password, stretching, serverId, start })
  return call.auth.finishSignIn({ finish: finish ?? 'A'.repeat(86) })
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
  installId: testInstallId,
  daemon: { pid: process.pid, version: '0.0.0-test', url: () => 'http://localhost:8447', problems: () => [] },
} satisfies Omit<
  ApiDependencies,
  'clock' | 'database' | 'keeper' | 'dataDir' | 'installKey' | 'sealedSecrets' | 'masterKeys' | 'config' | 'daemon'
> & {
  daemon: Omit<ApiDependencies['daemon'], 'startedAt' | 'stop'>
}
