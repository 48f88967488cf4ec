import { z } from 'zod'
import { isoTime, offset, sessionRef, viewerId } from './ids.ts'
import { bytes, columns, lines } from './session.ts'

const from = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('start') }),
  z.object({ kind: z.literal('offset'), offset }),
  /** The last n lines. */
  z.object({ kind: z.literal('lines'), count: z.number().int().min(0).max(10_000_000) }),
  z.object({ kind: z.literal('time'), at: isoTime }),
  /** ATTACH_TAIL_BYTES before the end, at a line start. */
  z.object({ kind: z.literal('tail') }),
])

export const outputInput = z.object({
  session: sessionRef,
  from,
  /** `attach`: a terminal; it counts as a viewer, may own the size and jumps when far behind. `log`: every byte, whatever the delay. */
  mode: z.enum(['attach', 'log']),
  /** `log` only: go on when the end of what is there is reached, until the session's output is complete. An attach always follows. */
  follow: z.boolean().default(true),
  until: isoTime.optional(),
  /** Chosen by the client, names the stream in an `Acknowledgement` and the terminal in `session.write`. New for every subscription. */
  viewer: viewerId,
  /** `attach` only: what the terminal can show, and whether it may type or own the size. */
  size: z.object({ cols: columns, rows: lines }).optional(),
  readOnly: z.boolean().default(false),
})
export type OutputInput = z.input<typeof outputInput>

/**
 * One event of `session.output`. The tracked id of an event is the offset AFTER its last byte, so a client that comes back with the last id it saw
 * continues with no gap and no duplicate; `opened` carries the id where the stream begins.
 */
export const outputEvent = z.discriminatedUnion('kind', [
  /** Once per (re)subscription. */
  z.object({ kind: z.literal('opened'), sessionId: z.string(), offset, end: offset, cols: columns, rows: lines }),
  /** `at`: when the first byte was recorded, by the nearest time mark before it (ms since the epoch). */
  z.object({ kind: z.literal('bytes'), offset, bytes, at: z.number() }),
  /** These bytes are not in the log: dropped by the cap, lost while recording was paused, or damaged on disk. */
  z.object({ kind: z.literal('gap'), from: offset, to: offset, reason: z.enum(['dropped', 'paused', 'damaged']) }),
  /** The viewer was too far behind; these bytes are kept in the log. The client resets its terminal. */
  z.object({ kind: z.literal('skipped'), from: offset, to: offset }),
  /**
   * The terminal's real size, and who owns it. `answersFrom`: this viewer answers terminal queries found at this offset or later, until another
   * `size` event says null (O10).
   */
  z.object({
    kind: z.literal('size'),
    cols: columns,
    rows: lines,
    owner: viewerId.nullable(),
    answersFrom: offset.nullable(),
  }),
  /** Nothing follows: the output is complete (or, without `follow`, all that was there has been sent). */
  z.object({ kind: z.literal('end'), offset, complete: z.boolean() }),
])
export type OutputEvent = z.infer<typeof outputEvent>
