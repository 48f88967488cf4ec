import type { OutputEvent } from '@sallyport/contract/output'
import { isLive } from '@sallyport/contract/session-state'
import type { TrackedEnvelope } from '@trpc/server'
import { requireRole } from '../../access/admit.ts'
import type { Clock, Log } from '../../api-dependencies.ts'
import { AppError } from '../../errors.ts'
import type { Slots } from '../../limits/slots.ts'
import { type Caller, slotOwner } from './caller.ts'
import { createClosing } from './closing.ts'
import type { LiveSessions } from './live-sessions.ts'
import type { LiveTails } from './live-tail.ts'
import { type OutputCursor, openOutputCursor } from './output-cursor.ts'
import { OutputStream } from './output-stream.ts'
import type { SessionEntry } from './session-record.ts'
import { type OutputRequest, startOffset } from './stream-start.ts'
import type { Viewer } from './terminal.ts'
import type { OpenStream, Viewers } from './viewers.ts'

export interface OutputDependencies {
  readonly sessions: LiveSessions
  readonly tails: LiveTails
  readonly viewers: Viewers
  readonly slots: Slots
  readonly clock: Clock
  readonly log: Log
  readonly dataDir: string
}

export interface OutputCall {
  readonly request: OutputRequest
  /** tRPC's: the id of the last event that a reconnecting client saw. */
  readonly lastEventId: string | undefined
  readonly caller: Caller
  readonly signal: AbortSignal
}

/**
 * `session.output`. Everything that can refuse happens before the generator is returned, and everything that was taken is given back when `signal` aborts
 * as well as when the generator ends: one that is never started runs no `finally`.
 */
export const openOutput = async (
  deps: OutputDependencies,
  call: OutputCall,
): Promise<AsyncGenerator<TrackedEnvelope<OutputEvent>, void>> => {
  const { request, caller, signal } = call
  const found = await deps.sessions.find(request.session)
  if (request.mode === 'attach' && !request.readOnly) requireRole(caller.actor, 'operator')

  // Before the keeper has started it there is no log to open.
  const session = await deps.sessions.when(found.id, ({ state }) => state !== 'starting')
  if (session === undefined) throw new AppError('not_found', `${found.name} did not start.`)

  const closing = createClosing(signal, deps.log)
  try {
    closing.add(takeStreamSlot(deps.slots, caller))
    const cursor = await openOutputCursor(deps, session.id)
    closing.add(() => cursor.close())
    const start = await startOffset(cursor, request.from, call.lastEventId)
    const stop = await stopOffset(cursor, session, request)
    if (request.mode === 'attach') await caller.audit.commit({ target: session.name, session: session.id })

    const viewer = request.mode === 'attach' ? createViewer(request, caller, session) : undefined
    const untilMs = request.until === undefined ? undefined : Date.parse(request.until)
    const stream = new OutputStream({
      session,
      cursor,
      clock: deps.clock,
      startOffset: start,
      stopOffset: stop,
      untilMs,
      viewer,
    })
    if (viewer !== undefined) viewer.wake = () => stream.wake()
    closing.add(register(deps, { stream, viewer, call, session, start }))
    return stream.events(signal, closing.close)
  } catch (error) {
    await closing.close()
    throw error
  }
}

/** @throws AppError `at_capacity` (SPEC O3) */
export const takeStreamSlot = (slots: Slots, caller: Pick<Caller, 'connection' | 'actor'>): (() => void) => {
  const slot = slots.take(slotOwner(caller))
  if ('release' in slot) return slot.release
  throw new AppError(
    'at_capacity',
    slot.full === 'all'
      ? 'Too many outputs are being watched. Close some of them.'
      : 'You are watching too many outputs. Close some of them.',
  )
}

/** Without `follow` a log ends where the session was when it was asked for; an attach always follows. */
const stopOffset = async (cursor: OutputCursor, session: SessionEntry, request: OutputRequest): Promise<number> => {
  if (request.mode === 'attach' || request.follow || session.complete) return Number.MAX_SAFE_INTEGER
  await cursor.placed()
  return cursor.end()
}

const createViewer = (request: OutputRequest, caller: Caller, session: SessionEntry): Viewer => ({
  id: request.viewer,
  connectionId: caller.connection.id,
  // Nothing that has ended can be typed into, resized or answered.
  readOnly: request.readOnly || !isLive(session.state),
  size: request.size,
  holdAt: Number.POSITIVE_INFINITY,
  events: [],
  wake: () => undefined,
})

interface Registration {
  readonly stream: OutputStream
  readonly viewer: Viewer | undefined
  readonly call: OutputCall
  readonly session: SessionEntry
  readonly start: number
}

const register = (deps: OutputDependencies, { stream, viewer, call, session, start }: Registration): (() => void) => {
  const open: OpenStream = {
    id: call.request.viewer,
    connectionId: call.caller.connection.id,
    sessionId: session.id,
    viewer,
  }
  deps.viewers.open(open)
  if (viewer !== undefined) deps.viewers.join(open, viewer, start)
  const { connection, meter } = call.caller
  const stopListening = connection.onAcknowledge?.(open.id, (offset) => {
    meter.acknowledged()
    stream.acknowledge(offset)
  })
  return () => {
    stopListening?.()
    deps.viewers.close(open)
  }
}
