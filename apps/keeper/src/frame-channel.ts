import type { Socket } from 'node:net'
import { createFrameDecoder, type Frame, frameType } from '@sallyport/keeper-protocol/frames'
import type { LogLine } from './log-line.ts'
import { createOutputWatch, type OutputWatch } from './output-watch.ts'
import type { Session } from './session.ts'

export interface FrameChannel {
  onOutput(session: Session, offset: number, bytes: Buffer): void
  /** The session's output may be complete by now. */
  onChanged(session: Session): void
  forget(session: Session): void
  /** While `paused`, no input is taken. */
  setInputPaused(paused: boolean): void
  close(): void
}

export interface FrameChannelOptions {
  readonly stream: Socket
  readonly sessionByHandle: (handle: number) => Session | undefined
  readonly logLine: LogLine
  readonly onClosed: () => void
}

/** The bytes of all sessions to and from one daemon. */
export const createFrameChannel = (options: FrameChannelOptions): FrameChannel => {
  const { stream, sessionByHandle, logLine, onClosed } = options
  const watches = new Map<number, OutputWatch>()
  /** In the order in which they get their turn: one that used up the room goes to the end. */
  const behind = new Set<OutputWatch>()

  const refusing = new WeakSet<Session>()

  const pump = (watch: OutputWatch) => {
    behind.delete(watch)
    if (!watch.pump()) behind.add(watch)
  }
  const unwatch = (handle: number) => {
    const watch = watches.get(handle)
    if (watch === undefined) return
    watches.delete(handle)
    behind.delete(watch)
  }

  const onInput = (session: Session, bytes: Buffer) => {
    const taken = session.write(bytes)
    // One line per episode, or a stuck program fills the log file.
    if (!taken && !refusing.has(session)) logLine(`session ${session.id} does not read its input, more is dropped`)
    if (taken) refusing.delete(session)
    else refusing.add(session)
  }

  const onFrame = ({ type, session: handle, offset, bytes }: Frame) => {
    const session = sessionByHandle(handle)
    // It ended and was forgotten while the frame was on its way.
    if (session === undefined) return
    if (type === frameType.input) {
      onInput(session, bytes)
    } else if (type === frameType.watch) {
      unwatch(handle)
      const watch = createOutputWatch(stream, session, offset)
      watches.set(handle, watch)
      pump(watch)
    } else if (type === frameType.unwatch) unwatch(handle)
  }

  const decode = createFrameDecoder(onFrame)
  stream.on('data', (chunk: Buffer) => {
    try {
      decode(chunk)
    } catch (error) {
      logLine(`the daemon's frame stream is broken: ${(error as Error).message}`)
      stream.destroy()
    }
  })
  stream.on('drain', () => {
    for (const watch of [...behind]) {
      pump(watch)
      // It used up the room. The others keep their places before it, or a flood would take every turn.
      if (behind.has(watch)) break
    }
  })
  // A daemon that was killed; `close` follows.
  stream.on('error', () => undefined)
  stream.on('close', () => {
    watches.clear()
    behind.clear()
    onClosed()
  })

  return {
    onOutput: (session, offset, bytes) => {
      const watch = watches.get(session.handle)
      if (watch !== undefined && !watch.onOutput(offset, bytes)) behind.add(watch)
    },
    onChanged: (session) => {
      const watch = watches.get(session.handle)
      if (watch !== undefined && session.isComplete) pump(watch)
    },
    forget: (session) => unwatch(session.handle),
    setInputPaused: (paused) => {
      if (paused) stream.pause()
      else stream.resume()
    },
    close: () => {
      stream.destroy()
    },
  }
}
