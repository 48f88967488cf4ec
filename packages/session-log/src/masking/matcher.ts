/**
 * Finds forms in a stream of bytes: Aho-Corasick behind a filter of three-byte beginnings. Time: linear in the bytes, whatever they are and whatever
 * the forms are (5 MB/s at worst, hundreds on ordinary output). Memory: 7 bytes per byte of the forms, and 16 to 256 KiB of filter.
 */
import { buildAutomaton } from './automaton.ts'
import { BEGINNING_BYTES, createBeginningFilter } from './beginning-filter.ts'

export interface Match {
  /** Index into the forms that the matcher was built of. */
  readonly form: number
  readonly byteLength: number
}

export interface Matcher {
  /**
   * Advances over `bytes` from `from`, as the continuation of what was given before, to behind the next byte that ends a form, or to the end.
   * @returns where it stands; `match` says why
   */
  scan(bytes: Uint8Array, from: number): number
  /** The longest form that ends where `scan` stopped; undefined at the end of the bytes. */
  readonly match: Match | undefined
  /** How many of the last bytes may be the beginning of a form, or of a longer one than those found. */
  readonly pendingBytes: number
  /** Overwrites what it knows of the forms. It finds nothing any more. */
  wipe(): void
}

/**
 * A few milliseconds for a dozen secrets, up to a second for the most that a session may have; others run meanwhile.
 * @param forms in byte order, each once, of three bytes or more, at most 65 535; not needed any more afterwards
 * @throws RangeError
 */
export const buildMatcher = async (forms: readonly Uint8Array[]): Promise<Matcher> => {
  const automaton = await buildAutomaton(forms)
  const filter = createBeginningFilter(forms)
  const lengths = Uint32Array.from(forms, (form) => form.byteLength)
  const { accept, step, isShallow } = automaton
  let state = 0
  let match: Match | undefined

  const scan = (bytes: Uint8Array, from: number): number => {
    let at = from
    // Before it, the filter would look at bytes of the chunk before, or again at those that it just let through.
    let walkUntil = state === 0 ? from : from + BEGINNING_BYTES - 1
    while (at < bytes.length) {
      if (at >= walkUntil && isShallow(state)) {
        // What may begin in the last two bytes is seen by the filter.
        at = filter.skip(bytes, state === 0 ? at : at - (BEGINNING_BYTES - 1))
        state = 0
        walkUntil = at + BEGINNING_BYTES
        continue
      }
      state = step(state, bytes[at] as number)
      at += 1
      const form = accept[state] as number
      if (form !== 0) {
        match = { form: form - 1, byteLength: lengths[form - 1] as number }
        return at
      }
    }
    match = undefined
    return at
  }

  return {
    scan,
    get match() {
      return match
    },
    get pendingBytes() {
      return automaton.pendingBytes(state)
    },
    wipe: () => {
      automaton.wipe()
      filter.wipe()
      state = 0
    },
  }
}
