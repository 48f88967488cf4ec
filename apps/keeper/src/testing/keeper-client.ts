import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { join } from 'node:path'
import { cborCodec } from '@sallyport/contract/codec'
import {
  createFrameDecoder,
  encodeFrameHeader,
  FRAMES_PATH,
  FRAMES_UPGRADE,
  type Frame,
  frameType,
} from '@sallyport/keeper-protocol/frames'
import type { KeeperRouter, KeptSession, SpawnRequest } from '@sallyport/keeper-protocol/keeper-router'
import { acquireFileLock } from '@sallyport/unix-socket/file-lock'
import { createTRPCClient, createWSClient, type TRPCClient, wsLink } from '@trpc/client'
import { WebSocket } from 'ws'

const bash = '/bin/bash'
const defaultEnv = { PATH: '/usr/local/bin:/usr/bin:/bin', TERM: 'xterm-256color' }

/** What a watched session has shown: its bytes from `start` on, and the marks. */
export interface WatchedOutput {
  readonly chunks: Buffer[]
  /** Offsets at which bytes were missing when they came. */
  readonly gaps: { from: number; to: number }[]
  start: number | undefined
  end: number
  readonly tips: number[]
  completeAt: number | undefined
}

/** Whether everything that was pushed stands in the log at its offset. What was skipped, for a reader that was too slow, is the log's to tell. */
export const isPartOf = (recorded: Buffer, { chunks, gaps, start }: WatchedOutput): boolean => {
  const skipped = [...gaps]
  let at = start ?? 0
  return chunks.every((chunk) => {
    if (at === skipped[0]?.from) at = skipped.shift()?.to ?? at
    const same = chunk.equals(recorded.subarray(at, at + chunk.length))
    at += chunk.length
    return same
  })
}

interface FramesClient {
  readonly stream: Socket
  watch(handle: number, from?: number): WatchedOutput
  input(handle: number, bytes: Uint8Array | string): void
  /** Resolves when `done` holds for what came; looks after every frame. */
  until(done: () => boolean): Promise<void>
}

export interface KeeperClient {
  readonly control: TRPCClient<KeeperRouter>
  openFrames(): Promise<FramesClient>
  spawn(request: Partial<SpawnRequest> & Pick<SpawnRequest, 'file' | 'args'>): Promise<KeptSession>
  /** `bash -c script`. */
  bash(script: string, env?: Record<string, string>): Promise<KeptSession>
  /** Resolves when the session is so. */
  until(id: string, done: (session: KeptSession) => boolean): Promise<KeptSession>
  close(): Promise<void>
}

const toFramesClient = (stream: Socket): FramesClient => {
  const outputs = new Map<number, WatchedOutput>()
  const waiting = new Set<() => void>()

  const onFrame = ({ type, session, offset, bytes }: Frame) => {
    const output = outputs.get(session)
    if (output === undefined) return
    if (type === frameType.output) {
      output.start ??= offset
      if (output.chunks.length > 0 && offset !== output.end) output.gaps.push({ from: output.end, to: offset })
      output.chunks.push(bytes)
      output.end = offset + bytes.length
    } else if (type === frameType.tip) output.tips.push(offset)
    else if (type === frameType.complete) output.completeAt = offset
  }
  const decode = createFrameDecoder(onFrame)
  stream.on('data', (chunk: Buffer) => {
    decode(chunk)
    for (const look of waiting) look()
  })
  stream.on('error', () => undefined)
  stream.resume()

  const send = (type: 4 | 5, handle: number, offset: number, bytes: Uint8Array) => {
    stream.cork()
    stream.write(encodeFrameHeader(type, handle, offset, bytes.byteLength))
    stream.write(bytes)
    stream.uncork()
  }

  return {
    stream,
    watch: (handle, from = 0) => {
      const output: WatchedOutput = {
        chunks: [],
        gaps: [],
        start: undefined,
        end: from,
        tips: [],
        completeAt: undefined,
      }
      outputs.set(handle, output)
      send(frameType.watch, handle, from, new Uint8Array(0))
      return output
    },
    input: (handle, bytes) => send(frameType.input, handle, 0, Buffer.from(bytes)),
    until: (done) =>
      new Promise((resolve) => {
        const look = () => {
          if (!done()) return
          waiting.delete(look)
          resolve()
        }
        waiting.add(look)
        look()
      }),
  }
}

const openFrameStream = async (socketPath: string): Promise<Socket> => {
  const stream = connect(socketPath)
  stream.write(
    `GET ${FRAMES_PATH} HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: ${FRAMES_UPGRADE}\r\n\r\n`,
  )
  let head = Buffer.alloc(0)
  while (!head.includes('\r\n\r\n')) {
    const [chunk] = (await once(stream, 'data')) as [Buffer]
    head = Buffer.concat([head, chunk])
  }
  stream.pause()
  const end = head.indexOf('\r\n\r\n') + 4
  if (!head.toString('latin1').startsWith('HTTP/1.1 101')) throw new Error(head.toString('latin1'))
  if (head.length > end) stream.unshift(head.subarray(end))
  return stream
}

const newSessionId = (): string =>
  BigInt(`0x${randomBytes(10).toString('hex')}`)
    .toString(36)
    .slice(0, 12)
    .padStart(12, '0')

/** Stands in for the daemon: takes its lock and connects as it would. */
export const connectAsDaemon = async (dataDir: string): Promise<KeeperClient> => {
  const lock = await acquireFileLock(join(dataDir, 'daemon.lock'))
  const socketPath = join(dataDir, 'keeper.sock')
  const wsClient = createWSClient({
    url: `ws+unix:${socketPath}:/trpc`,
    // The types of the browser's class; ws has all that tRPC calls.
    WebSocket: WebSocket as unknown as typeof globalThis.WebSocket,
    experimental_encoder: cborCodec as never,
    retryDelayMs: () => 20,
  })
  const control: TRPCClient<KeeperRouter> = createTRPCClient<KeeperRouter>({ links: [wsLink({ client: wsClient })] })
  const streams: Socket[] = []

  const spawn: KeeperClient['spawn'] = (request) => {
    const id = request.id ?? newSessionId()
    return control.spawn.mutate({
      id,
      cwd: '/',
      env: defaultEnv,
      secrets: [],
      cols: 80,
      rows: 24,
      logDirectory: join(dataDir, 'logs', id),
      logLimits: { maxBytes: 256 * 1024 * 1024, segmentBytes: 8 * 1024 * 1024, minFreeBytes: 0 },
      ...request,
    })
  }

  return {
    control,
    openFrames: async () => {
      const stream = await openFrameStream(socketPath)
      streams.push(stream)
      return toFramesClient(stream)
    },
    spawn,
    bash: (script, env = defaultEnv) => spawn({ file: bash, args: ['-c', script], env }),
    until: (id, done) =>
      new Promise((resolve, reject) => {
        const look = (sessions: KeptSession[]) => {
          const session = sessions.find((candidate) => candidate.id === id)
          if (session === undefined || !done(session)) return
          subscription.unsubscribe()
          resolve(session)
        }
        const subscription = control.events.subscribe(undefined, {
          onData: (event) => look(event.kind === 'snapshot' ? event.sessions : [event.session]),
          onError: reject,
        })
      }),
    close: async () => {
      for (const stream of streams) stream.destroy()
      await wsClient.close()
      await lock.release()
    },
  }
}
