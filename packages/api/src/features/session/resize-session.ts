import type { resizeInput } from '@sallyport/contract/session'
import type { z } from 'zod'
import type { Caller } from './caller.ts'
import type { LiveSessions } from './live-sessions.ts'
import { requireRunning } from './require-live.ts'
import type { Viewers } from './viewers.ts'

export interface ResizeDependencies {
  readonly sessions: LiveSessions
  readonly viewers: Viewers
}

/** `session.resize`: of a viewer's window, which counts while it is the owner, or of the terminal itself. */
export const resizeSession = async (
  { sessions, viewers }: ResizeDependencies,
  { session, cols, rows, viewer }: z.output<typeof resizeInput>,
  { connection }: Caller,
): Promise<void> => {
  const entry = await sessions.find(session)
  requireRunning(entry)
  const terminal = viewers.terminal(entry.id)
  if (viewer === undefined) await terminal.resize({ cols, rows })
  else await terminal.resizeViewer(viewers.typing(viewer, connection.id, entry.id), { cols, rows })
}

/** `session.takeControl`. */
export const takeControl = async (
  { sessions, viewers }: ResizeDependencies,
  { session, viewer }: { readonly session: string; readonly viewer: string },
  { connection }: Caller,
): Promise<void> => {
  const entry = await sessions.find(session)
  requireRunning(entry)
  await viewers.terminal(entry.id).own(viewers.typing(viewer, connection.id, entry.id))
}
