import { randomBytes } from 'node:crypto'
import type { Session } from '@sallyport/contract/session'
import type { Database } from '@sallyport/database/database'
import { masterKeysInMemory, type TestMasterKeys } from '../../master-keys-in-memory.ts'
import { makeConnection, openTestApi, type TestApi, type TestApiOptions } from '../../open-test-api.ts'
import { createCallerFactory } from '../../procedure.ts'
import { testInstallId } from '../../test-dependencies.ts'
import { envSetRouter } from './env-set.router.ts'
import { createEnvSets } from './env-set-service.ts'
import type { ListSessions } from './usage.ts'

const callerOf = createCallerFactory(envSetRouter)
type Caller = ReturnType<typeof callerOf>

type KnownSession = Awaited<ReturnType<ListSessions>>[number]

export interface EnvSetTest extends AsyncDisposable {
  readonly test: TestApi
  readonly keys: TestMasterKeys
  /** The Unix socket. */
  readonly local: Caller
  call(connection: Parameters<TestApi['call']>[0]): Caller
  readonly openForSession: ReturnType<typeof createEnvSets>['openForSession']
  readonly used: ReturnType<typeof createEnvSets>['used']
  /** A row of the session feature, as the daemon knows it. */
  addSession(session: Pick<Session, 'id' | 'name' | 'state'>): Promise<void>
  /** What a person with the sqlite3 program does. */
  readonly sql: Database['execute']
  readonly logged: string[]
}

export interface EnvSetTestOptions extends TestApiOptions {
  readonly keys?: TestMasterKeys
  readonly random?: (size: number) => Uint8Array
}

/** The env sets of an API on a real SQLite file. */
export const openEnvSetTest = async (options: EnvSetTestOptions = {}): Promise<EnvSetTest> => {
  const test = await openTestApi(options)
  const keys = options.keys ?? masterKeysInMemory()
  const sessions: KnownSession[] = []
  const logged: string[] = []
  const record = (message: string, fields?: unknown) => void logged.push(`${message} ${JSON.stringify(fields)}`)
  const contextOf = test.api.createContext
  const onSocket = () => makeConnection({ transport: 'unix', address: 'unix', peerPid: process.pid })
  const feature = createEnvSets({
    clock: test.clock,
    log: { info: record, warn: record, error: record },
    database: async () => test.database,
    installId: testInstallId,
    masterKeys: keys,
    audit: contextOf(onSocket()).core.audit,
    random: options.random ?? ((size) => new Uint8Array(randomBytes(size))),
    sessions: async () => sessions,
  })
  const call = (connection: Parameters<TestApi['call']>[0]): Caller => {
    const context = contextOf(connection)
    return callerOf({ ...context, services: { ...context.services, envSet: feature.service } })
  }

  return {
    test,
    keys,
    call,
    // A new connection each time: these tests are about env sets, not about limits.
    get local() {
      return call(onSocket())
    },
    openForSession: feature.openForSession,
    used: feature.used,
    addSession: async (session) => {
      const { id, name, state } = session
      await test.database.execute(
        `INSERT INTO "Session" ("id", "name", "state", "provider", "command", "cwd", "cols", "rows", "startedBy", "createdAt")
         VALUES (?, ?, ?, 'shell', '[]', '/', 80, 24, 'local:ada', '2026-11-21')`,
        [id, name, state],
      )
      sessions.push({ ...session, createdAt: new Date(test.clock.now()).toISOString(), endedAt: null })
    },
    sql: test.database.execute,
    logged,
    [Symbol.asyncDispose]: () => test[Symbol.asyncDispose](),
  }
}
