/**
 * All that is masked for one secret value (SPEC O8): as it is, and as programs encode it.
 *
 * Covered: raw; base64 at its three alignments in both alphabets, also wrapped; hex in small and capital letters, also wrapped at 60 columns (xxd -p);
 * percent-encoded and as a form field; inside JSON; in HTML and XML; quoted for a shell; and each line of a value of several lines. With line feeds as the
 * program writes them and as a terminal shows them (CR LF).
 * Wrapped base64: the rows of a value with nothing before it, at 64 (openssl) and 76 columns (coreutils); with anything before it and at any columns
 * divisible by four, pieces of values from 24 bytes on, as many as fit: up to 11 bytes of its beginning in a row of others, and 5 in its last row, stay readable.
 * Not covered: two encodings on top of each other, compression, a value cut or wrapped anywhere else, hex with separators, parts of a line. A hostile
 * program has countless ways; this is against accidents.
 * White space around a value is left out: programs trim it, and what it encodes to is no secret.
 */
import { base64Middle, textEncodings } from './encodings.ts'
import { createWorkSlices } from './work-slices.ts'

/** Shorter ones would blank half of what a program prints, and hide nothing that cannot be guessed. Counted in characters without the space around. */
export const MASKABLE_MIN_CHARACTERS = 6

/** Of all values of one session. Ids of forms are 16 bits wide. */
const FORMS_MAX = 65_535
/** Of all forms of one session: an automaton of 30 MB, built in half a second. A value of 64 KiB has 0.5 to 4 MB of forms, one of 40 bytes one KB. */
const FORMS_MAX_BYTES = 4 * 1024 * 1024

const BASE64_COLUMNS = [64, 76]
const HEX_COLUMNS = 60

/** Of base64: twelve bytes. Fewer would be found where no secret is. */
const PIECE_CHARACTERS = 16
const TAIL_MIN_CHARACTERS = 8
/** Shorter values may be torn into halves that hold no piece. */
const PIECED_MIN_BYTES = 24
/**
 * Of one session; the shortest values come first, and what is left over does without. Two thousand bytes have some three thousand of them. Every one
 * is a beginning that output may end in: with so many, one typed character in sixty waits for the next one.
 */
const PIECES_MAX = 4096

/** Some 3 ms. A short form costs as much as FORM_WORK characters. */
const SLICE_CHARACTERS = 128 * 1024
const FORM_WORK = 250

/** `-----BEGIN PRIVATE KEY-----` is the same for everybody. */
const pemBoundary = /^-----(BEGIN|END) [A-Z0-9 ]+-----$/

/** The secrets of a session have more forms than can be looked for. */
export class TooManyFormsError extends Error {
  override readonly name = 'TooManyFormsError'
}

export interface SecretVariable {
  readonly name: string
  readonly value: string
}

export interface SecretForm {
  readonly bytes: Buffer
  /** Of the variable. */
  readonly name: string
}

const isLongEnough = (text: string): boolean =>
  // Two UTF-16 units can be one character: only near the limit does it matter.
  text.length >= 2 * MASKABLE_MIN_CHARACTERS || [...text].length >= MASKABLE_MIN_CHARACTERS

/** False: this value will be readable in the output, and whoever sets it must be told (O8). */
export const isMaskable = (value: string): boolean => isLongEnough(value.trim())

const wrapped = (text: string, columns: number): string[] =>
  text.length <= columns
    ? []
    : Array.from({ length: Math.ceil(text.length / columns) }, (_, row) =>
        text.slice(row * columns, (row + 1) * columns),
      )

const urlAlphabet = (base64: string): string => base64.replaceAll('+', '-').replaceAll('/', '_')

function* byteForms(bytes: Buffer): Generator<string> {
  for (const offset of [0, 1, 2] as const) {
    const base64 = base64Middle(bytes, offset)
    yield base64
    yield urlAlphabet(base64)
  }
  // Of the middle: what follows the value, were it a line feed, is in the last characters of its base64.
  for (const columns of BASE64_COLUMNS) yield* wrapped(base64Middle(bytes, 0), columns)
  const hex = bytes.toString('hex')
  yield hex
  yield hex.toUpperCase()
  yield* wrapped(hex, HEX_COLUMNS)
}

function* lineForms(text: string): Generator<string> {
  for (const line of text.split(/\r\n|\r|\n/)) {
    const trimmed = line.trim()
    if (!pemBoundary.test(trimmed)) yield trimmed
  }
}

/** What is masked for a value, some of it twice; one by one, because those of a long value take their time. */
function* formsOf(value: string): Generator<string> {
  // Half of a surrogate pair becomes U+FFFD, as it does in the environment of the process.
  const bytes = Buffer.from(value.trim())
  const text = bytes.toString()
  if (!isMaskable(text)) return
  for (const encode of textEncodings) {
    const form = encode(text)
    yield form
    if (form.includes('\n')) yield form.replaceAll('\n', '\r\n')
  }
  yield* byteForms(bytes)
  yield* lineForms(text)
}

/** Base64 that repeats itself every four characters is that of spaces or dashes, and no secret. */
const isMonotonous = (piece: string): boolean => piece.slice(4) === piece.slice(0, -4)

/**
 * What rows of wrapped base64 consist of, wherever the value begins in them. Rows begin and end between groups of four characters (three bytes), and so do
 * the pieces, but where the value does not. Its end has shorter ones too, for a last row of its own. Its beginning has none: that of one key is that of many
 * (`github_pat_`, `-----BEGIN`), and would be masked wherever it stands.
 */
function* base64Pieces(value: string): Generator<string> {
  const bytes = Buffer.from(value.trim())
  if (bytes.byteLength < PIECED_MIN_BYTES) return
  for (const offset of [0, 1, 2] as const) {
    const middle = base64Middle(bytes, offset)
    // The first group is not whole: its first characters hold bits of what comes before.
    const firstGroup = [0, 2, 1][offset] as number
    for (let at = firstGroup - 4; at <= middle.length - TAIL_MIN_CHARACTERS; at += 4) {
      const start = Math.max(at, 0)
      const piece = middle.slice(start, start + PIECE_CHARACTERS)
      if (isMonotonous(piece)) continue
      yield piece
      yield urlAlphabet(piece)
    }
  }
}

/**
 * The forms of all values, each once: what two variables share has the name of the first.
 * @throws TooManyFormsError when they are more than a session may have; the message names no value
 */
export const secretForms = async (variables: readonly SecretVariable[]): Promise<SecretForm[]> => {
  const slices = createWorkSlices(SLICE_CHARACTERS)
  const names = new Map<string, string>()
  const forms: SecretForm[] = []
  let byteCount = 0
  /** False: it does not fit. */
  const add = (text: string, name: string): boolean => {
    if (!isLongEnough(text) || names.has(text)) return true
    const bytes = Buffer.from(text)
    if (byteCount + bytes.byteLength > FORMS_MAX_BYTES || forms.length >= FORMS_MAX) return false
    names.set(text, name)
    byteCount += bytes.byteLength
    forms.push({ bytes, name })
    return true
  }

  for (const { name, value } of variables) {
    for (const text of formsOf(value)) {
      if (slices.spend(FORM_WORK + text.length)) await slices.nextTurn()
      if (!add(text, name))
        throw new TooManyFormsError(
          `the secrets of one session are too large to be masked in its output (at ${name}): about 100 KiB in all is what can be looked for`,
        )
    }
  }

  const piecesEnd = forms.length + PIECES_MAX
  for (const { name, value } of variables.toSorted((a, b) => a.value.length - b.value.length)) {
    for (const piece of base64Pieces(value)) {
      if (slices.spend(FORM_WORK + piece.length)) await slices.nextTurn()
      if (forms.length >= piecesEnd || !add(piece, name)) return forms
    }
  }
  return forms
}
