import { AppError } from '../../errors.ts'
import type { Terminal, Viewer } from './terminal.ts'

/** One open stream, an attached terminal or a log. */
export interface OpenStream {
  readonly id: string
  readonly connectionId: string
  readonly sessionId: string
  /** Set for an attached terminal. */
  readonly viewer: Viewer | undefined
}

/** All open streams by the id that their client chose, and the terminals of the sessions that have viewers. */
export interface Viewers {
  /** @throws AppError `conflict` when the id is in use */
  open(stream: OpenStream): void
  /** The open stream is a terminal of its session from now on. */
  join(stream: OpenStream, viewer: Viewer, startOffset: number): void
  close(stream: OpenStream): void
  /** The stream of this id on this connection; undefined when it has ended. @throws AppError `forbidden` when it is another connection's. */
  find(id: string, connectionId: string): OpenStream | undefined
  /** The attached terminal of this id. @throws AppError `forbidden` on another connection or a read-only one, `not_found` when it has gone */
  typing(id: string, connectionId: string, sessionId: string): Viewer
  /** The terminal of a session, made when first needed. */
  terminal(sessionId: string): Terminal
  /** See `Terminal.keeperAnswers`. */
  keeperAnswers(): void
}

interface ViewersDependencies {
  createTerminal(sessionId: string): Terminal
  /** The number of attached terminals of a session has changed. */
  onCount(sessionId: string, viewers: number): void
}

export const createViewers = (deps: ViewersDependencies): Viewers => {
  const streams = new Map<string, OpenStream>()
  const terminals = new Map<string, Terminal>()

  const terminal = (sessionId: string): Terminal => {
    const existing = terminals.get(sessionId)
    if (existing !== undefined) return existing
    const created = deps.createTerminal(sessionId)
    terminals.set(sessionId, created)
    return created
  }

  /** Not before the keeper answers queries again, or a terminal made anew would believe that it does already. */
  const discard = (sessionId: string, shared: Terminal) => {
    if (shared.viewerCount === 0 && terminals.get(sessionId) === shared) terminals.delete(sessionId)
  }

  const find = (id: string, connectionId: string): OpenStream | undefined => {
    const stream = streams.get(id)
    // An id is no secret: whoever guesses one must not type into, resize or stall a terminal that somebody else opened.
    if (stream !== undefined && stream.connectionId !== connectionId) {
      throw new AppError('forbidden', 'This terminal was opened on another connection.')
    }
    return stream
  }

  return {
    find,
    terminal,
    open: (stream) => {
      if (streams.has(stream.id)) throw new AppError('conflict', 'A stream with this viewer id is open already.')
      streams.set(stream.id, stream)
    },
    join: ({ sessionId }, viewer, startOffset) => {
      const shared = terminal(sessionId)
      shared.join(viewer, startOffset)
      deps.onCount(sessionId, shared.viewerCount)
    },
    close: (stream) => {
      if (streams.get(stream.id) !== stream) return
      streams.delete(stream.id)
      const shared = terminals.get(stream.sessionId)
      if (stream.viewer === undefined || shared === undefined) return
      shared.leave(stream.viewer)
      deps.onCount(stream.sessionId, shared.viewerCount)
      if (shared.viewerCount === 0) void shared.settled().then(() => discard(stream.sessionId, shared))
    },
    typing: (id, connectionId, sessionId) => {
      const stream = find(id, connectionId)
      if (stream?.viewer === undefined || stream.sessionId !== sessionId) {
        throw new AppError('not_found', 'This terminal is not attached to the session any more.')
      }
      if (stream.viewer.readOnly) throw new AppError('forbidden', 'This terminal is attached read-only.')
      return stream.viewer
    },
    keeperAnswers: () => {
      for (const shared of terminals.values()) shared.keeperAnswers()
    },
  }
}
