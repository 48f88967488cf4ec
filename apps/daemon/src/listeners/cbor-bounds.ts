/** Deeper than any input of the contract. */
const MAX_DEPTH = 16

const refuse = (why: string): never => {
  throw new RangeError(why)
}

/**
 * Walks CBOR (RFC 8949) without building anything, and throws RangeError unless it is exactly one item that is safe to hand to the decoder. The
 * decoder alone is not: an array header of 5 bytes makes it allocate for 32 million items before it reads one, nesting exhausts the stack, and some of its TAGS
 * construct values (tag 27 calls any global function by name, `eval` included). Our messages have no tags, so none is accepted; each announced item must be there.
 */
export const assertBoundedCbor = (data: Uint8Array): void => {
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength)
  let at = 0

  const take = (bytes: number): number => {
    if (bytes > data.byteLength - at) refuse('the message ends too early')
    at += bytes
    return at - bytes
  }
  const argument = (info: number): number => {
    if (info < 24) return info
    if (info === 24) return view.getUint8(take(1))
    if (info === 25) return view.getUint16(take(2))
    if (info === 26) return view.getUint32(take(4))
    if (info === 27) return Number(view.getBigUint64(take(8)))
    return refuse('indefinite lengths are not used here')
  }
  const item = (depth: number): void => {
    if (depth > MAX_DEPTH) refuse('the message is nested too deeply')
    const initial = view.getUint8(take(1))
    const [major, info] = [initial >> 5, initial & 0x1f]
    const value = argument(info)
    if (major === 2 || major === 3) take(value)
    else if (major === 4 || major === 5) {
      const items = major === 4 ? value : value * 2
      if (items > data.byteLength - at) refuse('the message ends too early')
      for (let index = 0; index < items; index += 1) item(depth + 1)
    } else if (major === 6) refuse('tags are not used here')
    // 20 to 23 are false, true, null, undefined; 25 to 27 floats. The rest is unassigned, and the decoder gives some of it a meaning of its own.
    else if (major === 7 && !(info >= 20 && info <= 27 && info !== 24)) refuse('unassigned simple value')
  }

  item(0)
  if (at !== data.byteLength) refuse('bytes follow the message')
}
