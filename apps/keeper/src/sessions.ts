import { statfs } from 'node:fs/promises'
import type { KeptSession, SpawnRequest } from '@sallyport/keeper-protocol/keeper-router'
import { defaultMinFreeBytes, type SessionLogLimits, sessionLogLimits } from '@sallyport/session-log/limits'
import { createSessionLogWriter } from '@sallyport/session-log/session-log-writer'
import { TRPCError } from '@trpc/server'
import type { LogLine } from './log-line.ts'
import { type Session, type SessionEvents, startSession } from './session.ts'
import { maskerOf } from './spawn-masker.ts'
import { programOf } from './spawn-program.ts'
import type { WritableWatch } from './writable-watch.ts'

export interface SessionTable {
  spawn(request: SpawnRequest): Promise<Session>
  /** @throws TRPCError NOT_FOUND */
  get(id: string): Session
  byHandle(handle: number): Session | undefined
  all(): Session[]
  list(): KeptSession[]
  forget(id: string): void
  /** Whether the exit status of this pid is collected here: the reaper leaves it alone. */
  isRoot(pid: number): boolean
  /** Ends every session and closes its log. No session starts from now on. */
  stopAll(graceMs: number): Promise<void>
}

export interface SessionTableOptions {
  readonly watch: WritableWatch
  readonly clock: { now(): number }
  readonly logLine: LogLine
  readonly events: SessionEvents
  /** Of programs whose spawn request names none. */
  readonly inheritedUmask: number
}

const volumeOf = (directory: string) =>
  statfs(directory).catch((cause: Error) => {
    const message = `the data directory ${directory} cannot be used (${cause.message}): was it removed? Start the daemon again`
    throw new TRPCError({ code: 'PRECONDITION_FAILED', message, cause })
  })

const limitsOf = async ({ logLimits }: SpawnRequest, existingDirectory: string): Promise<SessionLogLimits> => {
  const minFreeBytes = logLimits.minFreeBytes ?? defaultMinFreeBytes(await volumeOf(existingDirectory))
  return { ...sessionLogLimits(minFreeBytes), maxLogBytes: logLimits.maxBytes, segmentBytes: logLimits.segmentBytes }
}

export const createSessionTable = (dataDir: string, options: SessionTableOptions): SessionTable => {
  const { watch, clock, logLine, events, inheritedUmask } = options
  const sessions = new Map<string, Session>()
  const handles = new Map<number, Session>()
  const roots = new Set<number>()
  /** Reserved while their logs are being opened: a retried spawn must not start the program twice. */
  const starting = new Set<string>()
  let lastHandle = 0
  let closing = false

  const spawn = async (request: SpawnRequest): Promise<Session> => {
    const { id } = request
    if (sessions.has(id) || starting.has(id)) throw new TRPCError({ code: 'CONFLICT', message: `session ${id} exists` })
    starting.add(id)
    try {
      return await start(request)
    } finally {
      starting.delete(id)
    }
  }

  const start = async (request: SpawnRequest): Promise<Session> => {
    const program = await programOf(request, inheritedUmask)
    const masker = await maskerOf(request)
    let session: Session | undefined
    const log = await createSessionLogWriter({
      directory: request.logDirectory,
      limits: await limitsOf(request, dataDir),
      clock,
      onRecording: (state) => session?.setRecordingPaused(state.recording ? null : state.message),
      onBacklog: (full) => session?.holdBack(full),
    })
    try {
      if (closing) throw new TRPCError({ code: 'PRECONDITION_FAILED', message: 'the keeper is shutting down' })
      lastHandle += 1
      session = startSession({ handle: lastHandle, request, program, log, masker, watch, clock, events })
    } catch (error) {
      masker?.end()
      await log.close()
      throw error
    }
    register(session)
    return session
  }

  const register = (session: Session) => {
    sessions.set(session.id, session)
    handles.set(session.handle, session)
    roots.add(session.pid)
    void session.exited.then(() => roots.delete(session.pid))
    logLine(`session ${session.id} started as process ${session.pid}`)
    // A daemon that was killed while it waited for the answer has a successor by now, which knows nothing of this session.
    events.onChanged(session)
  }

  const get = (id: string): Session => {
    const session = sessions.get(id)
    if (session === undefined) throw new TRPCError({ code: 'NOT_FOUND', message: `no session ${id}` })
    return session
  }

  return {
    spawn,
    get,
    byHandle: (handle) => handles.get(handle),
    all: () => [...sessions.values()],
    list: () => [...sessions.values()].map((session) => session.kept()),
    forget: (id) => {
      const session = get(id)
      if (!session.isComplete) throw new TRPCError({ code: 'CONFLICT', message: `session ${id} has not ended` })
      sessions.delete(id)
      handles.delete(session.handle)
    },
    isRoot: (pid) => roots.has(pid),
    stopAll: async (graceMs) => {
      closing = true
      await Promise.all(
        [...sessions.values()].map(async (session) => {
          await session.stop(graceMs)
          session.abandonTerminal()
          await session.completed
        }),
      )
    },
  }
}
