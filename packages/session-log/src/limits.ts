const KiB = 1024
const MiB = 1024 * KiB
const GiB = 1024 * MiB

/** Every number of one session's log. All are exceeded by a test with smaller values. */
export type SessionLogLimits = {
  /** A segment is closed when it holds this much. Also the grain in which old output is dropped. */
  readonly segmentBytes: number
  /** The segments of one session never hold more than this together; the oldest go first. */
  readonly maxLogBytes: number
  readonly maxSegments: number
  readonly maxIndexRecords: number
  readonly tailBytes: number
  readonly backlogHighBytes: number
  readonly backlogLowBytes: number
  readonly flushBytes: number
  readonly flushDelayMs: number
  readonly timeMarkIntervalMs: number
  /** Recording pauses below this much free space. 0 turns the guard off: then only write() itself says stop. */
  readonly minFreeBytes: number
  readonly freeCheckBytes: number
  readonly freeCheckIntervalMs: number
  readonly resumeMarginBytes: number
  readonly resumeIntervalMs: number
}

export function sessionLogLimits(minFreeBytes: number): SessionLogLimits {
  return {
    // 1/32 of the session's cap: dropping one loses 3 % of the history, and 32 open-stat-readdir entries stay cheap.
    segmentBytes: 8 * MiB,
    // SPEC O4. About 2.5 hours of a build that prints 30 KB/s; 40 busy sessions fit into the total cap.
    maxLogBytes: 256 * MiB,
    // A volume that flaps between full and not makes one short segment per pause: bytes alone would not bound the files.
    maxSegments: 1024,
    // 1.5 MiB of index. Reached after 18 hours of unbroken output (one time mark a second); then times get coarser.
    maxIndexRecords: 65_536,
    // SPEC O4. Twice the high watermark, so a byte that is not on disk yet is always still in the tail.
    tailBytes: MiB,
    // Half a second of a slow disk (1 MB/s) before the terminal is held back; a healthy one never comes near.
    backlogHighBytes: 512 * KiB,
    // Low enough that a flooding program does not toggle the PTY at every write.
    backlogLowBytes: 128 * KiB,
    // A terminal reads in 4 KB pieces: one writev per piece costs 16 times the thread pool trips of one per 64 KiB.
    flushBytes: 64 * KiB,
    // Viewers are served from the tail, so nobody waits for this; it is what a kill -9 of the keeper can cost.
    flushDelayMs: 4,
    // The precision of `logs --since`.
    timeMarkIntervalMs: 1000,
    minFreeBytes,
    // Asking costs a thread pool trip; between two questions a session can overrun the guard by 4 MiB, 200 sessions by 800.
    freeCheckBytes: 4 * MiB,
    freeCheckIntervalMs: 1000,
    // Recording resumes only when this much more is free, else it would flap at the edge, one segment per flap.
    resumeMarginBytes: 8 * MiB,
    resumeIntervalMs: 1000,
  }
}

/** SPEC O4: the smaller of 512 MiB and 5 % of the volume, so that a small disk is not refused from the start. */
export function defaultMinFreeBytes(volume: { readonly blocks: number; readonly bsize: number }): number {
  return Math.floor(Math.min(512 * MiB, volume.blocks * volume.bsize * 0.05))
}

export type RetentionLimits = { readonly maxAgeMs: number; readonly maxTotalBytes: number }

/** SPEC O4: what ended sessions may keep on disk. */
export const retentionLimits: RetentionLimits = {
  maxAgeMs: 30 * 24 * 60 * 60 * 1000,
  maxTotalBytes: 10 * GiB,
}

/** A reader backs up and skips forward in pieces of this size: its memory is bounded by one, whatever the line length. */
export const scanBlockBytes = 64 * KiB

/** Open segment files per reader. Two are in use at a segment's border; more would multiply by sessions and viewers. */
export const maxOpenSegments = 4
