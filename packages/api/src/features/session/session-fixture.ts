import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import type { OutputEvent } from '@sallyport/contract/output'
import { type Database, openDatabase } from '@sallyport/database/database'
import type { SessionLogLimits } from '@sallyport/session-log/limits'
import { expect, onTestFinished } from 'vitest'
import type { Actor } from '../../access/actor.ts'
import type { ApiDependencies } from '../../api-dependencies.ts'
import type { Connection } from '../../connection.ts'
import { createMeters } from '../../limits/connection-meter.ts'
import { masterKeysInMemory, type TestMasterKeys } from '../../master-keys-in-memory.ts'
import { makeConnection } from '../../open-test-api.ts'
import { appRouter } from '../../router.ts'
import { createServices } from '../../services.ts'
import { secretsInMemory, testConfig, testInstallId } from '../../test-dependencies.ts'
import { createTestKeeper, type TestKeeper } from './keeper-fixture.ts'

const migrations = resolve(import.meta.dirname, '../../../../../prisma/migrations')

export type TestCaller = ReturnType<typeof appRouter.createCaller>

export interface TestDaemon {
  readonly keeper: TestKeeper
  readonly masterKeys: TestMasterKeys
  /** What a person with the sqlite3 program does. */
  readonly sql: Database['execute']
  readonly dataDir: string
  readonly services: ReturnType<typeof createServices>['services']
  readonly problems: string[]
  connection(part?: Partial<Connection>): Connection
  /** A client of its own connection, unless told otherwise. */
  client(options?: {
    readonly actor?: Actor
    readonly connection?: Connection
    readonly signal?: AbortSignal
  }): TestCaller
  /** What is bound to the auth session ends. */
  revoke(authSessionId: string): void
  /** The daemon ends and starts again beside the same keeper. */
  restart(): Promise<void>
}

export interface TestDaemonOptions {
  readonly config?: Partial<ApiDependencies['config']>
  readonly logLimits?: Partial<SessionLogLimits>
  readonly loginEnvironment?: Readonly<Record<string, string>>
}

export const openTestDaemon = async (options: TestDaemonOptions = {}): Promise<TestDaemon> => {
  const dataDir = await mkdtemp(join(tmpdir(), 'sallyport-session-'))
  const clock = { now: () => Date.now() }
  const keeper = createTestKeeper(dataDir, clock, options.logLimits)
  const masterKeys = masterKeysInMemory()
  const problems: string[] = []
  const note = (message: string, fields: Readonly<Record<string, unknown>> = {}) => {
    problems.push(`${message} ${Object.values(fields).map(String).join(' ')}`)
  }
  const log = { info: () => undefined, warn: note, error: note }
  let connections = 0

  const boot = async () => {
    const database = await openDatabase({ path: join(dataDir, 'sallyport.db'), migrations, log })
    const wiring = createServices({
      clock,
      log,
      database: async () => database,
      keeper,
      dataDir,
      installKey: new Uint8Array(32),
      osUser: { name: 'ada', home: dataDir, shell: '/bin/sh' },
      loginEnvironment: async () => options.loginEnvironment ?? { PATH: '/usr/bin:/bin', HOME: dataDir },
      umask: 0o022,
      installId: testInstallId,
      sealedSecrets: secretsInMemory(),
      masterKeys,
      config: { ...testConfig, entries: () => [], ...options.config },
      daemon: {
        pid: 1,
        version: '0',
        startedAt: 0,
        url: () => null,
        problems: () => [],
        stop: () => undefined,
      },
      socketPath: join(dataDir, 'sallyport.sock'),
    })
    const close = async () => {
      await wiring.close()
      await database.close()
    }
    return { wiring, database, close, meters: createMeters(clock) }
  }
  let daemon = await boot()

  onTestFinished(async () => {
    await daemon.close()
    await keeper.close()
    await rm(dataDir, { recursive: true, force: true })
    // What fails in the background fails the test; what a caller was told is the test's to judge.
    expect(problems.filter((problem) => !problem.startsWith('a call failed'))).toEqual([])
  })

  const connection = (part: Partial<Connection> = {}): Connection => {
    connections += 1
    const listeners = new Map<string, (offset: number) => void>()
    const made: Connection = {
      ...makeConnection({ transport: 'unix', address: 'unix' }),
      id: `connection-${connections}`,
      onAcknowledge: (viewer, listener) => {
        listeners.set(viewer, listener)
        return () => listeners.delete(viewer)
      },
      ...part,
    }
    acknowledgements.set(made, (viewer, offset) => listeners.get(viewer)?.(offset))
    return made
  }

  return {
    keeper,
    masterKeys,
    sql: (...statement) => daemon.database.execute(...statement),
    dataDir,
    problems,
    connection,
    get services() {
      return daemon.wiring.services
    },
    client: ({ actor, signal, connection: given } = {}) => {
      const { core, services } = daemon.wiring
      const facts = given ?? connection()
      const authenticate = actor === undefined ? core.authenticate : async () => actor
      const context = { connection: facts, meter: daemon.meters(facts), core: { ...core, authenticate }, services }
      return appRouter.createCaller(context, signal === undefined ? {} : { signal })
    },
    revoke: (authSessionId) => daemon.wiring.connections.authSessionEnded(authSessionId, 'revoked'),
    restart: async () => {
      await daemon.close()
      daemon = await boot()
    },
  }
}

export const userActor = (role: 'owner' | 'operator' | 'viewer', authSessionId = 'auth00000001'): Actor => ({
  kind: 'user',
  userId: 'u',
  user: 'ada',
  role,
  authSessionId,
  expiresAt: Date.now() + 60_000,
  provenAt: Date.now(),
})

export interface TestStream {
  readonly viewer: string
  readonly client: TestCaller
  readonly events: OutputEvent[]
  readonly ids: string[]
  /** Of all `bytes` events, in order. */
  bytes(): Buffer
  /** Acknowledge everything that arrives, or nothing from now on. */
  acknowledging: boolean
  /** As the message of a client does: what arrives for this id on this stream's connection. */
  acknowledge(offset: number, viewer?: string): void
  /** Resolves with the first event, past or future, that fits. */
  until<T extends OutputEvent = OutputEvent>(fits: (event: OutputEvent) => boolean): Promise<T>
  /** Resolves when the stream has ended; rejects with its error. */
  readonly ended: Promise<void>
  drop(): Promise<void>
}

/** What the listener of a WebSocket does: hands acknowledgements to the streams of their own connection. */
const acknowledgements = new WeakMap<Connection, (viewer: string, offset: number) => void>()

let viewers = 0

export type StreamInput = Partial<Parameters<TestCaller['session']['output']>[0]> & { readonly session: string }

/** A client that reads one stream, on a connection of its own, as a terminal or `logs` does. */
export const openStream = async (
  daemon: TestDaemon,
  input: StreamInput,
  options: { readonly actor?: Actor; readonly connection?: Connection; readonly acknowledging?: boolean } = {},
): Promise<TestStream> => {
  const abort = new AbortController()
  const connection = options.connection ?? daemon.connection()
  const client = daemon.client({ ...options, connection, signal: abort.signal })
  viewers += 1
  const viewer = input.viewer ?? `viewer-${viewers}-test`
  const source = await client.session.output({ from: { kind: 'start' }, mode: 'log', ...input, viewer })
  const waiting = new Set<() => void>()
  const events: OutputEvent[] = []

  const read = async () => {
    for await (const envelope of source) {
      const [id, event] = envelope as unknown as [string, OutputEvent]
      events.push(event)
      stream.ids.push(id)
      for (const check of [...waiting]) check()
      if (stream.acknowledging) stream.acknowledge(Number(id))
    }
  }
  const stream: TestStream = {
    viewer,
    client: daemon.client({ ...(options.actor && { actor: options.actor }), connection }),
    events,
    ids: [],
    acknowledging: options.acknowledging ?? true,
    acknowledge: (offset, of = viewer) => acknowledgements.get(connection)?.(of, offset),
    bytes: () => Buffer.concat(events.flatMap((event) => (event.kind === 'bytes' ? [event.bytes] : []))),
    until: <T extends OutputEvent>(fits: (event: OutputEvent) => boolean) =>
      new Promise<T>((resolve, reject) => {
        const check = () => {
          const found = events.find(fits)
          if (found === undefined) return
          waiting.delete(check)
          resolve(found as T)
        }
        waiting.add(check)
        check()
        stream.ended.then(() => reject(new Error('the stream ended without it')), reject)
      }),
    ended: Promise.resolve(),
    drop: async () => {
      abort.abort()
      await stream.ended
    },
  }
  Object.assign(stream, { ended: read() })
  stream.ended.catch(() => undefined)
  return stream
}

/** A running session that prints what `daemon.keeper.print` says. */
export const startSession = async (daemon: TestDaemon, name?: string): Promise<string> => {
  const { session } = await daemon.client().session.create({
    provider: 'command',
    command: ['cat'],
    cwd: '/',
    env: { PATH: '/usr/bin:/bin' },
    envIsComplete: true,
    ...(name === undefined ? {} : { name }),
  })
  return session.id
}

/** Bytes that say where they are: a lost, doubled or swapped one cannot go unnoticed. */
export const pattern = (length: number, from = 0): Buffer => {
  const bytes = Buffer.alloc(length)
  for (let index = 0; index < length; index += 1) {
    const at = from + index
    bytes[index] = at % 101 === 100 ? 10 : (at * 31 + (at >>> 8) * 17 + (at >>> 16)) & 0xff
  }
  return bytes
}
