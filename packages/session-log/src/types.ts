/** How the root process of a session ended. Exactly one of the two is set, or neither when nobody saw the end. */
export type ExitStatus = {
  readonly code: number | null
  /** Name as in `os.constants.signals` ("SIGTERM"), or `SIG<number>` for one that Node has no name for (real-time signals). */
  readonly signal: string | null
}

/** Size of the terminal in character cells, each 1 to 65535. */
export type TerminalSize = { readonly cols: number; readonly rows: number }

/** The wall clock. Tests pass a fake; nothing in this package reads the time by itself. */
export type Clock = {
  /** Milliseconds since the Unix epoch. May jump either way when somebody sets the clock. */
  now(): number
}

/** Why bytes of the stream are not in the log. `damaged`: nobody noted a reason, so something else took them. */
export type GapReason = 'dropped' | 'paused' | 'damaged'

export type LogRead =
  /** `at`: when the first of these bytes was printed, to the second, in milliseconds since the epoch. Never empty. */
  | { readonly kind: 'bytes'; readonly offset: number; readonly bytes: Buffer; readonly at: number }
  /** Offsets [from, to) are not in the log; `from` is the offset that was asked for. Read on at `to`. */
  | { readonly kind: 'gap'; readonly from: number; readonly to: number; readonly reason: GapReason }
  /** Nothing on disk at the offset asked for. `end` can be below it: the stream runs ahead of the disk. */
  | { readonly kind: 'end'; readonly end: number }

export type LogInfo = {
  /** First offset that is still on disk (`end` when none is). */
  readonly start: number
  readonly end: number
  /** True when the writer closed the log in order: nothing follows `end`. False for a live session and for a lost one. */
  readonly complete: boolean
  readonly exit?: ExitStatus
  /** Bytes on disk, holes not counted. */
  readonly recordedBytes: number
  /** The offset from which output was, at the last word of the writer, no longer recorded. */
  readonly pausedFrom?: number
  /** Damaged index records that were left out. More than 0 deserves a sentence to the user. */
  readonly droppedIndexRecords: number
  /** No usable time was in the index, so times are those of the segment files. */
  readonly timesRebuilt: boolean
}

export type RecordingState =
  | { readonly recording: true }
  | {
      readonly recording: false
      /** `min_free`: our guard; `enospc`: the volume or a quota is full; `error`: anything else (EIO, directory gone). */
      readonly reason: 'min_free' | 'enospc' | 'error'
      /** One sentence for the user, with what to do. */
      readonly message: string
    }

/** A log that cannot be read or opened at all. The message is a sentence for the user, `cause` the system error. */
export class SessionLogError extends Error {
  override readonly name = 'SessionLogError'
}
