import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Log } from '@sallyport/api/api-dependencies'
import type { Connection } from '@sallyport/api/connection'
import { AppError, publicError } from '@sallyport/api/errors'
import { limits } from '@sallyport/api/limits/limits'
import { initTRPC } from '@trpc/server'
import { z } from 'zod'
import { type ConnectionCaps, createConnectionSlots } from '../listeners/connection-slots.ts'
import { type HttpListener, type HttpTimeouts, listenHttp } from '../listeners/http.ts'
import { trustedProxies } from '../listeners/proxy.ts'
import type { DoorRefusal, ServedApi } from '../listeners/served-api.ts'
import { createWebSocketListener, type WebSocketLimits } from '../listeners/websocket.ts'

export const silentLog: Log = { info: () => undefined, warn: () => undefined, error: () => undefined }

/** The one live credential of the test api. */
export const GOOD_TOKEN = 'A'.repeat(43)

interface Context {
  readonly connection: Connection
}

/** A router just large enough to drive every listener. */
export const createTestApi = () => {
  const t = initTRPC.context<Context>().create({
    isDev: false,
    errorFormatter: ({ shape, error }) => ({ ...shape, ...publicError(error, () => 'x') }),
  })
  const open = new Set<Connection>()
  let calls = 0
  let onIdle: () => void = () => undefined
  const router = t.router({
    echo: t.procedure.input(z.object({ text: z.string() })).query(({ input }) => {
      calls += 1
      return input.text
    }),
    length: t.procedure.input(z.object({ text: z.string() })).mutation(({ input }) => input.text.length),
    setCookie: t.procedure.mutation(({ ctx }) => {
      ctx.connection.cookies?.set('session', GOOD_TOKEN, 60)
      return ctx.connection.transport
    }),
    connection: t.procedure.query(({ ctx }) => {
      const { transport, address, peerAddress, viaTrustedProxy, directLoopback } = ctx.connection
      const { cookieToken = null, signInToken = null, deviceToken = null } = ctx.connection
      return { transport, address, peerAddress, viaTrustedProxy, directLoopback, cookieToken, signInToken, deviceToken }
    }),
    tooMany: t.procedure.input(z.object({ seconds: z.number() })).mutation(({ input }) => {
      throw new AppError('too_many_requests', 'Too many.', { retryAfterSeconds: input.seconds })
    }),
    ticks: t.procedure.subscription(async function* () {
      yield 1
    }),
  })
  const api: ServedApi = {
    router,
    createContext: (connection) => ({ connection }),
    isSignedIn: async (connection) => connection.transport === 'unix' || connection.cookieToken === GOOD_TOKEN,
    opened: (connection) => {
      open.add(connection)
      return () => {
        open.delete(connection)
        if (open.size === 0) onIdle()
      }
    },
    downloadLog: async (_connection, ref) => {
      if (ref !== 'known') throw new Error('no')
      return {
        fileName: 'a";b\r\n.log',
        stream: (async function* () {
          yield Buffer.from('<script>')
          yield Buffer.alloc(300_000, 'x')
        })(),
      }
    },
    describeError: () => ({ status: 404, sentence: 'There is no such session.' }),
  }
  const idle = (): Promise<void> =>
    new Promise((resolve) => {
      onIdle = resolve
      if (open.size === 0) resolve()
    })
  return { api, open, idle, calls: () => calls }
}

export interface TestListenerOptions {
  readonly timeouts?: Partial<HttpTimeouts>
  readonly caps?: ConnectionCaps
  readonly webSocketLimits?: Partial<WebSocketLimits>
  readonly api?: () => Promise<ServedApi>
  readonly port?: number
  readonly problems?: () => readonly string[]
  readonly publicUrls?: readonly string[]
  readonly host?: string
  readonly trustProxy?: readonly string[]
  readonly forceSecureCookies?: boolean
}

export const makeWebDirectory = (): string => {
  const directory = mkdtempSync(join(tmpdir(), 'sallyport-web-'))
  mkdirSync(join(directory, 'assets'))
  writeFileSync(
    join(directory, 'index.html'),
    '<!doctype html><meta name="csp-nonce" content="__CSP_NONCE__"><title>Sallyport</title>',
  )
  writeFileSync(join(directory, 'assets', 'index-4f2a.js'), 'console.log(1)\n')
  writeFileSync(join(directory, 'assets', 'sign-in-worker-Bz_9-x1.js'), 'console.log(2)\n')
  writeFileSync(join(directory, 'assets', '.hidden'), 'secret')
  writeFileSync(join(directory, 'favicon.svg'), '<svg/>')
  writeFileSync(join(directory, '.env'), 'secret')
  writeFileSync(join(directory, 'secret.json'), 'secret')
  return directory
}

/** The real listener on both loopbacks, any port, with the test api behind it. */
export const startListener = async (options: TestListenerOptions = {}) => {
  const webDirectory = makeWebDirectory()
  const test = createTestApi()
  const refusals: DoorRefusal[] = []
  const webSocket = createWebSocketListener({ ...limits.webSocket, ...options.webSocketLimits }, silentLog)
  const isTrusted = trustedProxies(options.trustProxy ?? [])
  const slots = createConnectionSlots({
    caps: options.caps ?? limits.connections,
    isTrusted,
    onRefused: (peer) => refusals.push({ kind: 'peer', peer, reason: 'too_many_connections', target: null }),
  })
  const listener: HttpListener = await listenHttp({
    host: options.host ?? 'localhost',
    port: options.port ?? 0,
    isTrusted,
    forceSecureCookies: options.forceSecureCookies ?? false,
    policy: { publicUrls: options.publicUrls ?? [], allowedOrigins: [] },
    timeouts: { ...limits.http.timeouts, ...options.timeouts },
    slots,
    webSocket,
    health: { problems: options.problems ?? (() => []) },
    api: options.api ?? (async () => test.api),
    webDirectory,
    log: silentLog,
    onRefused: (refusal) => void refusals.push(refusal),
  })
  return {
    ...test,
    port: listener.port,
    url: `http://localhost:${listener.port}`,
    slots,
    refusals,
    [Symbol.asyncDispose]: async (): Promise<void> => {
      webSocket.close()
      await listener.close(100)
      rmSync(webDirectory, { recursive: true })
    },
  }
}
