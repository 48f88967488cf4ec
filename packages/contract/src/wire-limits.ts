/** Plain figures, without the schemas: loading zod costs a command line a third of its start, and a page its size. */

/** SPEC O2: at most this much on the way to one stream that its client has not acknowledged. */
export const OUTPUT_WINDOW_BYTES = 256 * 1024
/** A client acknowledges what it has drawn (or printed) at least this often, so that the window never runs dry. */
export const ACKNOWLEDGE_EVERY_BYTES = OUTPUT_WINDOW_BYTES / 2
/** SPEC O2: an attached viewer further behind than this jumps; `logs` never does. */
export const JUMP_BEHIND_BYTES = 8 * 1024 * 1024
/** Where an attach starts, and where a jump lands: this much before the end, at a line start. */
export const ATTACH_TAIL_BYTES = 256 * 1024

/** One input frame. The daemon's limit is per connection (W16); this is only what one message may carry. */
export const WRITE_MAX_BYTES = 64 * 1024
/** All arguments and all of the environment together; the kernel's own limit is near 2 MiB. */
export const SPAWN_MAX_BYTES = 512 * 1024
