import type { Session } from '@sallyport/contract/session'
import type { SessionState } from '@sallyport/contract/session-state'

export interface UsedEnvSet {
  readonly id: string
  readonly name: string
}

/** A session as it is stored. Times are ms since the epoch. */
export interface SessionRecord {
  readonly id: string
  readonly name: string
  readonly provider: Session['provider']
  readonly command: readonly string[]
  readonly billing: Session['billing']
  /** As they were called when it started. */
  readonly envSets: readonly UsedEnvSet[]
  readonly cwd: string
  readonly state: SessionState
  readonly exitCode: number | null
  readonly signal: string | null
  readonly createdAt: number
  readonly endedAt: number | null
  readonly cols: number
  readonly rows: number
  /** Offset after the last byte, as last known when it was stored. */
  readonly logBytes: number
}

export type Environment = Readonly<Record<string, string>>

/** A session in this daemon's memory: what is stored, and what only matters while it lives. */
export interface SessionEntry extends SessionRecord {
  /** No byte will follow. An exited session may still print, through children that hold its terminal. */
  readonly complete: boolean
  readonly recordingPaused: string | null
  readonly viewers: number
  /** Somebody asked us to end it: a signal is then `killed`, not `exited`. */
  readonly endRequested: boolean
}

export const isoTime = (at: number): string => new Date(at).toISOString()

/** In lists and their changes. A command may have 512 KiB: 200 of those would be more than one message carries. */
const LISTED_COMMAND_MAX_LENGTH = 1024

/** As it crosses the wire in lists: the command is cut, and the cut shown, where it is longer than anybody reads. `session.get` has it whole. */
export const sessionSummary = (entry: SessionEntry): Session => ({ ...sessionView(entry), command: cut(entry.command) })

const cut = (command: readonly string[]): string[] => {
  const words: string[] = []
  let room = LISTED_COMMAND_MAX_LENGTH
  for (const word of command) {
    if (word.length > room) return [...words, `${word.slice(0, room)}…`]
    words.push(word)
    room -= word.length + 1
  }
  return words
}

/** As it crosses the wire. */
export const sessionView = (entry: SessionEntry): Session => ({
  id: entry.id,
  name: entry.name,
  provider: entry.provider,
  command: [...entry.command],
  billing: entry.billing,
  cwd: entry.cwd,
  state: entry.state,
  exitCode: entry.exitCode,
  signal: entry.signal,
  createdAt: isoTime(entry.createdAt),
  endedAt: entry.endedAt === null ? null : isoTime(entry.endedAt),
  cols: entry.cols,
  rows: entry.rows,
  viewers: entry.viewers,
  logBytes: entry.logBytes,
  recordingPaused: entry.recordingPaused,
  envSets: entry.envSets.map(({ name }) => name),
  trusted: false,
})
