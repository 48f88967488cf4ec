import { join } from 'node:path'
import { type SessionLogLimits, sessionLogLimits } from '@sallyport/session-log/limits'
import { createSessionLogWriter, type SessionLogWriter } from '@sallyport/session-log/session-log-writer'
import type { KeeperEvent, KeeperPort, KeptSession, SpawnSession, WatchSink } from '../../keeper-port.ts'

const FRAME_BYTES = 64 * 1024

interface Kept {
  readonly writer: SessionLogWriter
  readonly request: SpawnSession
  kept: KeptSession
  readonly input: Buffer[]
  answeredBy: 'keeper' | 'viewer'
  readonly watches: Set<{ sink: WatchSink; cursor: number }>
}

/** A keeper in this process: real logs on disk, programs that print what the test says. */
export interface TestKeeper extends KeeperPort {
  /** The program prints. */
  print(id: string, bytes: Uint8Array | string): void
  /** Resolves when all that was printed is on disk. */
  written(id: string): Promise<void>
  exit(id: string, exit: { readonly code: number | null; readonly signal: string | null }): void
  /** The last child lets go of the terminal. */
  complete(id: string): Promise<void>
  input(id: string): string
  answeredBy(id: string): 'keeper' | 'viewer'
  size(id: string): string
  spawned(id: string): SpawnSession
  /** What is printed in `print` is not pushed, as when the stream to the daemon was full: TIP follows. */
  skipPushes(id: string, print: () => void): void
  has(id: string): boolean
  readonly watchCount: number
  readonly spawnCount: number
  readonly sessionCount: number
  /** The keeper is gone and another one answers, which has no sessions. */
  replace(): Promise<void>
  /** The connection was lost and is back. */
  reconnect(): void
  failSpawns: boolean
  /** The program starts, but the keeper's answer is lost. */
  loseSpawnAnswers: boolean
  /** Every spawn waits for it. */
  spawnGate: Promise<void>
  close(): Promise<void>
}

export const createTestKeeper = (
  dataDir: string,
  clock: { now(): number },
  limits: Partial<SessionLogLimits> = {},
): TestKeeper => {
  const sessions = new Map<string, Kept>()
  const listeners = new Set<(event: KeeperEvent) => void>()
  let spawnCount = 0
  let skipping = false
  const replaced: SessionLogWriter[] = []

  const emit = (event: KeeperEvent) => {
    for (const listener of listeners) listener(event)
  }
  const get = (id: string): Kept => {
    const session = sessions.get(id)
    if (session === undefined) throw new Error(`no session ${id}`)
    return session
  }
  const change = (id: string, part: Partial<KeptSession>) => {
    const session = get(id)
    session.kept = { ...session.kept, ...part, end: session.writer.end }
    emit({ kind: 'changed', session: session.kept })
  }
  const snapshot = () =>
    emit({ kind: 'snapshot', keeperPid: 4711, sessions: [...sessions.values()].map(({ kept }) => kept) })

  const pump = (session: Kept, watch: { sink: WatchSink; cursor: number }) => {
    while (watch.cursor < session.writer.end) {
      const offset = Math.max(watch.cursor, session.writer.tail.start)
      const bytes = session.writer.tail.readFrom(offset, FRAME_BYTES)
      if (bytes === undefined) throw new Error('a hole in the tail')
      watch.cursor = offset + bytes.length
      watch.sink.onBytes(offset, Buffer.from(bytes))
    }
  }

  const end = (id: string, exit: { code: number | null; signal: string | null }) => {
    const session = get(id)
    if (session.kept.state === 'exited') return
    session.writer.markExit(exit)
    change(id, { state: 'exited', exit, exitedAt: clock.now() })
  }

  const complete = async (id: string) => {
    const session = get(id)
    await session.writer.close()
    change(id, { complete: true })
    for (const watch of session.watches) watch.sink.onComplete(session.writer.end)
  }

  const keeper: TestKeeper = {
    pid: 4711,
    failSpawns: false,
    loseSpawnAnswers: false,
    spawnGate: Promise.resolve(),
    get spawnCount() {
      return spawnCount
    },
    get sessionCount() {
      return sessions.size
    },
    get watchCount() {
      return [...sessions.values()].reduce((sum, { watches }) => sum + watches.size, 0)
    },
    onEvent: (listener) => {
      listeners.add(listener)
      queueMicrotask(snapshot)
      return () => listeners.delete(listener)
    },
    spawn: async (request) => {
      await keeper.spawnGate
      if (keeper.failSpawns) throw new Error('no pty left')
      const { id, cols, rows } = request
      const writer = await createSessionLogWriter({
        directory: join(dataDir, 'sessions', id),
        limits: { ...sessionLogLimits(0), ...limits },
        clock,
        onRecording: (state) => change(id, { recordingPaused: state.recording ? null : state.message }),
        onBacklog: () => undefined,
      })
      spawnCount += 1
      const kept: KeptSession = {
        id,
        pid: 1000 + spawnCount,
        state: 'running',
        exit: null,
        cols,
        rows,
        end: 0,
        startedAt: clock.now(),
        exitedAt: null,
        complete: false,
        recordingPaused: null,
      }
      sessions.set(id, { writer, request, kept, input: [], answeredBy: 'keeper', watches: new Set() })
      if (keeper.loseSpawnAnswers) throw new Error('connection lost')
      return kept
    },
    resize: async (id, cols, rows) => {
      get(id).writer.markSize(cols, rows)
      change(id, { cols, rows })
    },
    signal: async (id, signal) => {
      end(id, { code: null, signal })
      await complete(id)
    },
    stop: async (id) => {
      end(id, { code: null, signal: 'SIGTERM' })
      const { kept } = get(id)
      await complete(id)
      return kept
    },
    answerQueries: async (id, by) => {
      const session = get(id)
      session.answeredBy = by
      return session.writer.end
    },
    forget: async (id) => {
      if (!get(id).kept.complete) throw new Error(`session ${id} has not ended`)
      sessions.delete(id)
    },
    write: async (id, bytes) => {
      get(id).input.push(Buffer.from(bytes))
    },
    watch: (id, from, sink) => {
      const watch = { sink, cursor: from }
      const session = get(id)
      setImmediate(() => {
        if (stopped) return
        session.watches.add(watch)
        pump(session, watch)
        sink.onTip(session.writer.end)
        if (session.kept.complete) sink.onComplete(session.writer.end)
      })
      let stopped = false
      return {
        stop: () => {
          stopped = true
          session.watches.delete(watch)
        },
      }
    },
    shutdown: async () => undefined,

    print: (id, bytes) => {
      const session = get(id)
      session.writer.append(Buffer.from(bytes as Uint8Array))
      if (skipping) return
      for (const watch of session.watches) pump(session, watch)
    },
    skipPushes: (id, print) => {
      skipping = true
      print()
      skipping = false
      const session = get(id)
      for (const watch of session.watches) {
        watch.cursor = session.writer.end
        watch.sink.onTip(session.writer.end)
      }
    },
    written: (id) => get(id).writer.flush(),
    exit: end,
    complete,
    input: (id) => Buffer.concat(get(id).input).toString(),
    answeredBy: (id) => get(id).answeredBy,
    size: (id) => `${get(id).kept.cols}x${get(id).kept.rows}`,
    spawned: (id) => get(id).request,
    has: (id) => sessions.has(id),
    replace: async () => {
      const gone = [...sessions.values()]
      sessions.clear()
      // A keeper that was killed closes nothing: what it had written is there, the end mark is not.
      for (const { writer } of gone) await writer.flush()
      replaced.push(...gone.map(({ writer }) => writer))
      emit({ kind: 'disconnected' })
      snapshot()
    },
    reconnect: () => {
      for (const session of sessions.values()) session.answeredBy = 'keeper'
      emit({ kind: 'disconnected' })
      snapshot()
    },
    close: async () => {
      const open = [...sessions.values()].map(({ writer }) => writer)
      for (const writer of [...open, ...replaced]) await writer.close()
    },
  }
  return keeper
}
