/**
 * Master keys as text, in our own file, in the OS keyring and in files that the owner makes:
 *
 *   # a comment
 *   sallyport-master-key 1 <install id>
 *   <fingerprint> <64 hex digits>       the current key
 *   <fingerprint> <64 hex digits>       previous ones
 *
 * A file of the owner may be as short as one line with a key (64 hex digits or base64, `openssl rand -hex 32`) or 32 raw bytes. Keys go between bytes and
 * digits without ever being a string, so that zeroing the buffers is zeroing the keys. No error quotes what was read.
 */
import { masterKeyFingerprint, wipe } from '@sallyport/crypto/keyring'
import { fingerprintsOf, type KeySet, keysOf, MASTER_KEY_BYTES } from './key-set.ts'

/** Completes a sentence that begins with the place: `… holds no key`. */
export class KeyTextError extends Error {
  override readonly name = 'KeyTextError'
}

/** A comment, a header and as many keys as anybody has; longer is something else. */
export const KEY_TEXT_MAX_BYTES = 4096
const MAX_KEYS = 16

const COMMENT =
  '# Master key of the env sets of Sallyport. Keep a copy in a safe place: without it nothing in them can be opened.\n'
const HEADER = 'sallyport-master-key'
const VERSION = '1'
const FINGERPRINT_DIGITS = 32

const HEX = '0123456789abcdef'
const BASE64 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'
const [NEWLINE, SPACE] = [0x0a, 0x20]
const spellings: ReadonlyMap<string, string> = new Map([
  ['-', '+'],
  ['_', '/'],
])

const hexValue = (digit: string): number => HEX.indexOf(digit.toLowerCase())
const base64Value = (digit: string): number => BASE64.indexOf(spellings.get(digit) ?? digit)

/** @param bits of each digit, most significant first */
const fromDigits = (digits: Uint8Array, bits: number, digitValue: (digit: string) => number): Buffer | undefined => {
  const key = Buffer.alloc(MASTER_KEY_BYTES)
  let [pending, pendingBits, length] = [0, 0, 0]
  for (const digit of digits) {
    const value = digitValue(String.fromCharCode(digit))
    if (value === -1) return undefined
    pending = ((pending << bits) | value) & 0xfff
    pendingBits += bits
    if (pendingBits < 8) continue
    pendingBits -= 8
    key[length] = pending >> pendingBits
    length += 1
  }
  return length === MASTER_KEY_BYTES ? key : undefined
}

const parseKey = (digits: Uint8Array): Buffer | undefined => {
  if (digits.byteLength === 64) return fromDigits(digits, 4, hexValue)
  const unpadded = digits.byteLength === 44 && digits[43] === 0x3d ? digits.subarray(0, 43) : digits
  return unpadded.byteLength === 43 ? fromDigits(unpadded, 6, base64Value) : undefined
}

const isText = (bytes: Uint8Array): boolean => bytes.every((byte) => (byte >= SPACE && byte < 0x7f) || byte === NEWLINE)

/** `/dev/zero` and its like. */
const isBlank = (bytes: Uint8Array): boolean => bytes.every((byte) => byte === bytes[0])

const trimmed = (line: Buffer): Buffer => {
  let [start, end] = [0, line.byteLength]
  while (start < end && (line[start] ?? 0) <= SPACE) start += 1
  while (end > start && (line[end - 1] ?? 0) <= SPACE) end -= 1
  return line.subarray(start, end)
}

const linesOf = function* (text: Buffer): Generator<Buffer> {
  for (let start = 0; start < text.byteLength; ) {
    const newline = text.indexOf(NEWLINE, start)
    const end = newline === -1 ? text.byteLength : newline
    const line = trimmed(text.subarray(start, end))
    if (line.byteLength > 0 && line[0] !== COMMENT.charCodeAt(0)) yield line
    start = end + 1
  }
}

const checkHeader = (line: Buffer, installId: string): void => {
  const [, version, install] = line.toString('latin1').split(' ')
  if (version !== VERSION) throw new KeyTextError('was written by a newer Sallyport')
  if (install !== installId) throw new KeyTextError('belongs to another install')
}

/** The fingerprint is the check of the key: no other key passes under it. */
const keyOf = (line: Buffer): Uint8Array => {
  const space = line.indexOf(SPACE)
  const key = parseKey(line.subarray(space + 1))
  if (key === undefined || isBlank(key)) throw new KeyTextError('holds something that is no key')
  if (space === -1 || line.toString('latin1', 0, space) === masterKeyFingerprint(key)) return key
  wipe(key)
  throw new KeyTextError('was changed or cut')
}

/** @throws KeyTextError */
export const parseKeyText = (
  text: Buffer,
  {
    installId,
    mayBeBare,
  }: { readonly installId: string /** Made by hand: without a header. */; readonly mayBeBare: boolean },
): KeySet => {
  if (mayBeBare && text.byteLength === MASTER_KEY_BYTES && !isText(text) && !isBlank(text))
    return { current: Buffer.from(text), previous: [] }
  const keys: Uint8Array[] = []
  let hasHeader = false
  for (const line of linesOf(text)) {
    if (keys.length === 0 && !hasHeader && line.subarray(0, HEADER.length).equals(Buffer.from(HEADER))) {
      checkHeader(line, installId)
      hasHeader = true
    } else keys.push(keyOf(line))
    if (keys.length > MAX_KEYS) throw new KeyTextError(`holds more than ${MAX_KEYS} keys`)
  }
  if (!hasHeader && !mayBeBare) throw new KeyTextError('was changed or cut')
  const [current, ...previous] = keys
  if (current === undefined) throw new KeyTextError('holds no key')
  if (new Set(fingerprintsOf({ current, previous })).size < keys.length)
    throw new KeyTextError('holds the same key twice')
  return { current, previous }
}

const LINE_BYTES = FINGERPRINT_DIGITS + 1 + 2 * MASTER_KEY_BYTES + 1

const writeKey = (into: Buffer, key: Uint8Array): void => {
  let at = into.write(`${masterKeyFingerprint(key)} `, 'latin1')
  for (const byte of key) {
    into[at] = HEX.charCodeAt(byte >> 4)
    into[at + 1] = HEX.charCodeAt(byte & 15)
    at += 2
  }
  into[at] = NEWLINE
}

/** The whole text, for `parseKeyText`. The caller zeroes it. */
export const keyText = (keys: KeySet, installId: string): Buffer => {
  const head = Buffer.from(`${COMMENT}${HEADER} ${VERSION} ${installId}\n`)
  const text = Buffer.alloc(head.byteLength + keysOf(keys).length * LINE_BYTES)
  head.copy(text)
  for (const [index, key] of keysOf(keys).entries()) writeKey(text.subarray(head.byteLength + index * LINE_BYTES), key)
  return text
}
