/**
 * Takes the secrets of a session out of its output, before the log and every viewer get it (SPEC O8): what comes out here is the stream.
 *
 * What is masked: every byte of every form of every value. Matches that overlap are one; each is replaced by `[secret:NAME]`, the name of the one that
 * begins first (of those, the longest). The mask shows which variable it was and nothing of the value, its length neither.
 *
 * What waits: a chunk is looked at whole, so a form inside it is replaced whole. Where it ends in what may be the beginning of a form, one or two bytes of it pass at
 * once (the echo of a key is not held for them); from three on all that has not passed waits: for the match, the mismatch, or HOLD_BACK_MS without another
 * byte, after which it passes. The match goes on all the same: when it completes, the mask replaces what has not passed yet. So a form that comes in pieces
 * with less than HOLD_BACK_MS between them leaves at most its first two bytes before the mask, and a person who types the beginning of a secret sees it
 * after a pause of that length. Slower dribble, and a program that wants to print a secret, are not stopped.
 *
 * The caller: calls `flush` at `dueAt`, after what is there to be read was pushed (its own stalls are no silence of the program), `end` after the last byte; gives times of one monotonic clock; hands over buffers that nobody writes into again.
 */
import { ByteRope } from '../byte-rope.ts'
import { buildMatcher, type Matcher } from './matcher.ts'
import { type SecretForm, type SecretVariable, secretForms } from './secret-forms.ts'

/** SPEC O8. */
export const HOLD_BACK_MS = 500
/** SPEC O8: so much of a possible match passes at once. */
const PASSING_BYTES = 2

export interface Masker {
  /** @returns what may be shown and recorded now, in order: views of what was pushed, and masks. Never write into them. */
  push(chunk: Buffer, now: number): Buffer[]
  /** When to call `flush`; null: nothing waits. */
  dueAt(): number | null
  /** What has waited long enough. */
  flush(now: number): Buffer[]
  /** What still waits. The masker knows no secret any more; bytes that come later pass as they are. */
  end(): Buffer[]
}

/** Matched bytes at stream offsets [start, end); `form` begins at `start`. */
interface Covered {
  start: number
  end: number
  form: number
}

/** Strings of bytes compare ten times as fast as Buffers do. */
const inByteOrder = (forms: readonly SecretForm[]): SecretForm[] =>
  forms
    .map((form) => ({ form, key: form.bytes.toString('latin1') }))
    .sort((a, b) => (a.key < b.key ? -1 : 1))
    .map(({ form }) => form)

/**
 * Undefined when there is nothing to mask: such a session does without.
 * @throws TooManyFormsError
 */
export const createMasker = async (variables: readonly SecretVariable[]): Promise<Masker | undefined> => {
  const forms = inByteOrder(await secretForms(variables))
  if (forms.length === 0) return undefined
  const matcher = await buildMatcher(forms.map((form) => form.bytes))
  for (const form of forms) form.bytes.fill(0)
  const masks = new Map(variables.map(({ name }) => [name, Buffer.from(`[secret:${name}]`)]))
  return startMasker(
    matcher,
    forms.map(({ name }) => masks.get(name) as Buffer),
  )
}

/** @param masks by index of the form */
const startMasker = (matcher: Matcher, masks: readonly Buffer[]): Masker => {
  /** What was received and has neither passed nor been masked; its end is the end of what was received. */
  const waiting = new ByteRope(0)
  /** Not masked yet, in order, apart from each other. */
  const covered: Covered[] = []
  let lastMaskEnd = -1
  let deadline: number | null = null
  let ended = false

  /** A match takes in those that it overlaps. They come in the order of their ends. */
  const cover = (match: Covered) => {
    let last = covered.at(-1)
    while (last !== undefined && last.end > match.start) {
      covered.pop()
      if (last.start < match.start) {
        match.start = last.start
        match.form = last.form
      }
      last = covered.at(-1)
    }
    covered.push(match)
  }

  const find = (chunk: Buffer, offset: number) => {
    for (let at = matcher.scan(chunk, 0); matcher.match !== undefined; at = matcher.scan(chunk, at)) {
      const end = offset + at
      cover({ start: end - matcher.match.byteLength, end, form: matcher.match.form })
    }
  }

  const pass = (to: number, out: Buffer[]) => {
    if (to <= waiting.start) return
    out.push(...waiting.slices(waiting.start, to - waiting.start))
    waiting.dropBefore(to)
  }

  const mask = ({ start, end, form }: Covered, out: Buffer[]) => {
    pass(start, out)
    // It goes on where a mask stands already: that one speaks for both.
    const isSequel = waiting.start === lastMaskEnd && start < lastMaskEnd
    if (!isSequel) out.push(masks[form] as Buffer)
    waiting.dropBefore(end)
    lastMaskEnd = end
  }

  /** Lets go of everything before `to`, and of every match that begins before it: no longer one can come. */
  const settle = (to: number): Buffer[] => {
    const out: Buffer[] = []
    let count = 0
    for (const match of covered) {
      if (match.start >= to) break
      mask(match, out)
      count += 1
    }
    covered.splice(0, count)
    pass(to, out)
    return out
  }

  return {
    push: (chunk, now) => {
      if (ended || chunk.length === 0) return ended ? [chunk] : []
      const offset = waiting.end
      find(chunk, offset)
      const pending = matcher.pendingBytes
      if (waiting.byteLength === 0 && covered.length === 0 && pending <= PASSING_BYTES) {
        // Ordinary output: nothing to hold and nothing to mask.
        waiting.restartAt(offset + chunk.length)
        return [chunk]
      }
      waiting.push(chunk)
      const out = settle(pending <= PASSING_BYTES ? waiting.end : waiting.end - pending)
      deadline = waiting.byteLength === 0 ? null : now + HOLD_BACK_MS
      return out
    },
    dueAt: () => deadline,
    flush: (now) => {
      if (deadline === null || now < deadline) return []
      deadline = null
      return settle(waiting.end)
    },
    end: () => {
      if (ended) return []
      ended = true
      deadline = null
      matcher.wipe()
      return settle(waiting.end)
    },
  }
}
