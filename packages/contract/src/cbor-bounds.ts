/** Deeper than any message of the contract. */
const MAX_DEPTH = 16

interface Cursor {
  readonly data: Uint8Array
  at: number
}

const refuse = (why: string): never => {
  throw new RangeError(why)
}

const take = (cursor: Cursor, bytes: number): number => {
  const { at } = cursor
  if (bytes > cursor.data.byteLength - at) refuse('the message ends too early')
  cursor.at = at + bytes
  return at
}

/** Big-endian; of eight bytes what a double can hold, which is more than any frame has. */
const unsigned = (cursor: Cursor, bytes: 1 | 2 | 4 | 8): number => {
  const start = take(cursor, bytes)
  let value = 0
  for (let at = start; at < start + bytes; at += 1) value = value * 256 + (cursor.data[at] ?? 0)
  return value
}

const argument = (cursor: Cursor, info: number): number => {
  if (info < 24) return info
  if (info === 24) return unsigned(cursor, 1)
  if (info === 25) return unsigned(cursor, 2)
  if (info === 26) return unsigned(cursor, 4)
  if (info === 27) return unsigned(cursor, 8)
  return refuse('indefinite lengths are not used here')
}

const item = (cursor: Cursor, depth: number): void => {
  if (depth > MAX_DEPTH) refuse('the message is nested too deeply')
  const initial = cursor.data[take(cursor, 1)] ?? 0
  const major = initial >> 5
  const info = initial & 0x1f
  const value = argument(cursor, info)
  if (major === 2 || major === 3) take(cursor, value)
  else if (major === 4 || major === 5) {
    const items = major === 4 ? value : value * 2
    if (items > cursor.data.byteLength - cursor.at) refuse('the message ends too early')
    for (let index = 0; index < items; index += 1) item(cursor, depth + 1)
  } else if (major === 6) refuse('tags are not used here')
  // 20 to 23 are false, true, null, undefined; 25 to 27 floats. The rest is unassigned, and the decoder gives some of it a meaning of its own.
  else if (major === 7 && !(info >= 20 && info <= 27 && info !== 24)) refuse('unassigned simple value')
}

/**
 * Walks the item heads of CBOR (RFC 8949) without building anything or touching the inside of strings, and throws RangeError unless it is exactly one item
 * that is safe to hand to cbor-x. The decoder alone is not: an array header of 5 bytes makes it allocate for 32 million items before it reads one, nesting
 * exhausts the stack, and some of its TAGS construct values (tag 27 calls any global function by name: `["eval", "code"]` runs code). Our messages have no tags,
 * so none is accepted; each announced item must be there.
 */
export const assertBoundedCbor = (data: Uint8Array): void => {
  const cursor = { data, at: 0 }
  item(cursor, 0)
  if (cursor.at !== data.byteLength) refuse('bytes follow the message')
}
