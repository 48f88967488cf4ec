import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { createInterface } from 'node:readline'
import { createClient, type SallyportClient } from '@sallyport/client/client'
import { followOutput } from '@sallyport/client/output'
import type { OpenSocket } from '@sallyport/client/reconnecting-socket'
import { WebSocket } from 'ws'
import type { Target, TargetSession, Viewer } from './target.ts'

export interface DaemonTarget extends Target {
  readonly pids: readonly number[]
  readonly dataDir: string
  run(program: readonly string[], envSets?: readonly string[]): Promise<TargetSession>
  /** ms from the start of the process to the first answer of /healthz. */
  readonly firstAnswerMs: number
  /** Lends a client on a connection of its own: control calls are limited per connection (W16), and this is not what is measured. */
  withClient<T>(use: (client: SallyportClient) => Promise<T>): Promise<T>
}

export interface DaemonTargetOptions {
  readonly bin: string
  readonly freePort: number
  /** Where Node writes a CPU profile of daemon and keeper when they end. */
  readonly profiles: string | undefined
}

/**
 * The packaged daemon on a data dir of its own. Viewers come in as the dashboard does: through packages/client over the TCP WebSocket, with the cookie of a
 * redeemed launch ticket. Only the door differs: Node's `ws` instead of the browser's, because this process has no page.
 */
export const createDaemonTarget = async ({ bin, freePort, profiles }: DaemonTargetOptions): Promise<DaemonTarget> => {
  const home = mkdtempSync(join(tmpdir(), 'sallyport-bench-'))
  const dataDir = join(home, 'data')
  const env = {
    ...process.env,
    SALLYPORT_DATA_DIR: dataDir,
    SALLYPORT_CONFIG_DIR: join(home, 'config'),
    SALLYPORT_HTTP_PORT: String(freePort),
  }
  const nodeArguments = profiles === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${profiles}`]
  if (profiles !== undefined) await startKeeper(bin, dataDir, nodeArguments)
  const startedAt = performance.now()
  const child = spawn(process.execPath, [...nodeArguments, bin, 'daemon'], {
    env,
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const url = `http://localhost:${freePort}`
  const ready = once(createInterface(child.stdout), 'line')
  const firstAnswerMs = await untilHealthy(url, startedAt)
  await ready

  const ticket = spawnSync(process.execPath, [bin, 'open', '--print'], { env, encoding: 'utf8' })
  if (ticket.status !== 0) throw new Error(ticket.stderr)
  const cookie = await signIn(ticket.stdout.trim())
  const openSocket = tcpSocket(`ws://localhost:${freePort}/trpc`, { Cookie: cookie, Origin: url })
  const withClient = async <T>(use: (client: SallyportClient) => Promise<T>): Promise<T> => {
    const { client, connection } = createClient({ openSocket, reconnect: 'never', random: Math.random })
    try {
      return await use(client)
    } finally {
      connection.close()
    }
  }
  const pids = ['daemon.lock', 'keeper.lock'].map((file) => Number(readFileSync(join(dataDir, file), 'utf8')))

  return {
    name: 'Sallyport',
    pids,
    dataDir,
    firstAnswerMs,
    withClient,
    run: async (program, envSets = []) => {
      const { session } = await withClient((client) =>
        client.session.create.mutate({ provider: 'command', command: [...program], envSets: [...envSets] }),
      )
      return {
        pids,
        connect: (onBytes) => connect(session.id, openSocket, onBytes),
        end: () =>
          withClient(async (client) => {
            await client.session.kill.mutate({ session: session.id })
            await client.session.remove.mutate({ session: session.id })
          }),
      }
    },
    stop: async () => {
      const exited = once(child, 'exit')
      spawnSync(process.execPath, [bin, 'daemon', 'stop', '--all'], { env, stdio: 'inherit' })
      await exited
      rmSync(home, { recursive: true, force: true })
    },
  }
}

/** The daemon gives its keeper no Node options, but takes one that runs already. */
const startKeeper = async (bin: string, dataDir: string, nodeArguments: readonly string[]): Promise<void> => {
  mkdirSync(dataDir, { mode: 0o700 })
  const file = join(dirname(realpathSync(bin)), '../dist/keeper/keeper.js')
  const keeper = spawn(process.execPath, [...nodeArguments, file, '--data-dir', dataDir], {
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  // Its log: the first line says that it is ready.
  await once(createInterface(keeper.stderr), 'line')
}

/** One WebSocket per viewer, like one browser tab. */
const connect = async (
  session: string,
  openSocket: OpenSocket,
  onBytes: (bytes: Uint8Array) => void,
): Promise<Viewer> => {
  const sockets: Pausable[] = []
  const tracking: OpenSocket = (events) => {
    const socket = openSocket(events) as ReturnType<OpenSocket> & Pausable
    sockets.push(socket)
    return socket
  }
  const { client, connection } = createClient({ openSocket: tracking, reconnect: 'never', random: Math.random })
  await new Promise<void>((resolve, reject) => {
    followOutput(
      client,
      // `log` never jumps: what is measured has to be complete.
      { session, from: { kind: 'start' }, mode: 'log' },
      {
        opened: () => resolve(),
        bytes: (chunk) => {
          onBytes(chunk.bytes)
          return DRAWN
        },
        failed: reject,
      },
    )
  })
  return {
    write: (bytes) => {
      client.session.write.mutate({ session, data: new Uint8Array(bytes) }).catch((error: unknown) => {
        throw error
      })
    },
    pause: () => sockets[0]?.pause(),
    resume: () => sockets[0]?.resume(),
    close: () => connection.close(),
  }
}

const DRAWN = Promise.resolve()

interface Pausable {
  pause(): void
  resume(): void
}

const tcpSocket =
  (address: string, headers: Record<string, string>): OpenSocket =>
  (events) => {
    const socket = new WebSocket(address, { headers, perMessageDeflate: false })
    let failure: Error | undefined
    socket.on('open', () => events.open())
    socket.on('message', (data: Buffer, isBinary) => events.message(isBinary ? data : data.toString('utf8')))
    socket.on('error', (error) => {
      failure = error
    })
    socket.on('close', (code) => events.close(code, failure))
    const opened: ReturnType<OpenSocket> & Pausable = {
      send: (data) => socket.send(data),
      bufferedBytes: () => socket.bufferedAmount,
      destroy: () => socket.terminate(),
      pause: () => socket.pause(),
      resume: () => socket.resume(),
    }
    return opened
  }

const untilHealthy = async (url: string, startedAt: number): Promise<number> => {
  for (;;) {
    try {
      const answer = await fetch(`${url}/healthz`)
      if (answer.ok) return performance.now() - startedAt
    } catch (error) {
      if (performance.now() - startedAt > 20_000) throw error
    }
    await new Promise((resolve) => setTimeout(resolve, 2))
  }
}

const signIn = async (launchUrl: string): Promise<string> => {
  const { origin, hash } = new URL(launchUrl)
  const answer = await fetch(`${origin}/trpc/auth.redeemTicket`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', origin },
    body: JSON.stringify({ ticket: hash.slice(1) }),
  })
  const cookie = answer.headers.getSetCookie()[0]?.split(';')[0]
  if (!answer.ok || cookie === undefined) throw new Error(`sign-in failed: ${answer.status} ${await answer.text()}`)
  return cookie
}
