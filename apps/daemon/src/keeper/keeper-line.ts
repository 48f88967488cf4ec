import { once } from 'node:events'
import type { Frame } from '@sallyport/keeper-protocol/frames'
import { canSpeakTo, type Hello, KEEPER_PROTOCOL } from '@sallyport/keeper-protocol/hello'
import type { KeeperEvent, KeeperRouter } from '@sallyport/keeper-protocol/keeper-router'
import { connectWebSocket } from '@sallyport/unix-socket/connect'
import { createTRPCClient, type TRPCClient } from '@trpc/client'
import { type FrameStream, openFrameStream } from './frame-stream.ts'
import { keeperLink } from './keeper-link.ts'

/** One connection to one keeper: control verbs and bytes. Over when either half is. */
export interface KeeperLine {
  readonly hello: Hello
  readonly control: TRPCClient<KeeperRouter>
  readonly frames: FrameStream
  /** Settles when the line is gone, for whatever reason. */
  readonly closed: Promise<void>
  close(): void
}

export interface LineListener {
  onFrame(frame: Frame): void
  onEvent(event: KeeperEvent): void
}

/** A keeper of another release runs. Its sessions are left alone; the message says what a person can do. */
export class KeeperVersionError extends Error {
  override readonly name = 'KeeperVersionError'

  constructor({ version, protocol, pid }: Hello) {
    super(
      `the keeper (process ${pid}, version ${version}) speaks protocol ${protocol.major}.${protocol.minor} and this daemon ` +
        `${KEEPER_PROTOCOL.major}.${KEEPER_PROTOCOL.minor}: start the release that its sessions were started with, or end them with: kill ${pid}`,
    )
  }
}

const HELLO_TIMEOUT_MS = 10_000

/**
 * Connects to the keeper that listens on `socketPath`. We must hold the daemon lock: the keeper serves its holder only.
 * @throws KeeperVersionError; the socket's own error when nobody listens (`isDaemonUnreachable`)
 */
export const connectKeeper = async (socketPath: string, listener: LineListener): Promise<KeeperLine> => {
  const ws = connectWebSocket(socketPath)
  await once(ws, 'open')
  ws.on('error', () => ws.terminate())
  try {
    const control: TRPCClient<KeeperRouter> = createTRPCClient<KeeperRouter>({ links: [keeperLink(ws)] })
    const hello = await control.hello.query(undefined, { signal: AbortSignal.timeout(HELLO_TIMEOUT_MS) })
    if (!canSpeakTo(hello)) throw new KeeperVersionError(hello)
    const frames = await openFrameStream(socketPath, listener.onFrame)
    const closed = new Promise<void>((resolve) => {
      ws.once('close', () => {
        frames.destroy()
        resolve()
      })
      frames.onClose(() => ws.terminate())
    })
    control.events.subscribe(undefined, {
      onData: listener.onEvent,
      // Its end means that the keeper cannot tell us what changes any more: start over with a snapshot.
      onError: () => ws.terminate(),
      onComplete: () => ws.terminate(),
    })
    return { hello, control, frames, closed, close: () => ws.close() }
  } catch (error) {
    ws.terminate()
    throw error
  }
}
