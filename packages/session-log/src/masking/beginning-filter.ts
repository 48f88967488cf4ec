/** Three bytes tell most text from most secrets; forms have at least as many. */
export const BEGINNING_BYTES = 3

/** Says quickly where none of the forms begins. Ordinary output meets nothing else of the masking. */
export interface BeginningFilter {
  /** The first place from `from` on where three bytes may begin a form, or where fewer than three are left. */
  skip(bytes: Uint8Array, from: number): number
  wipe(): void
}

/** Knuth's multiplicative hash: the upper bits of the product. */
const MULTIPLIER = 0x9e3779b1

/** A bit per hash of the first three bytes; 16 KiB, and up to 256 KiB for 65 535 forms, so that three strangers in a hundred get through. */
export const createBeginningFilter = (forms: readonly Uint8Array[]): BeginningFilter => {
  const indexBits = Math.min(21, Math.max(17, Math.ceil(Math.log2(32 * forms.length + 1))))
  const shift = 32 - indexBits
  const bits = new Int32Array(2 ** (indexBits - 5))
  for (const [first = 0, second = 0, third = 0] of forms) {
    const index = Math.imul((first << 16) | (second << 8) | third, MULTIPLIER) >>> shift
    bits[index >>> 5] = (bits[index >>> 5] as number) | (1 << (index & 31))
  }

  return {
    skip: (bytes, from) => {
      const last = bytes.length - BEGINNING_BYTES + 1
      if (from >= last) return from
      let three = ((bytes[from] as number) << 8) | (bytes[from + 1] as number)
      for (let at = from; at < last; at += 1) {
        three = ((three << 8) | (bytes[at + 2] as number)) & 0xffffff
        const index = Math.imul(three, MULTIPLIER) >>> shift
        if (((bits[index >>> 5] as number) & (1 << (index & 31))) !== 0) return at
      }
      return last
    },
    wipe: () => bits.fill(0),
  }
}
