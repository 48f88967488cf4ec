import { randomBytes } from 'node:crypto'
import { masterKeyFingerprint } from '@sallyport/crypto/keyring'
import { describe, expect, test } from 'vitest'
import { fingerprintsOf, type KeySet } from './key-set.ts'
import { KEY_TEXT_MAX_BYTES, KeyTextError, keyText, parseKeyText } from './key-text.ts'

const installId = 'a'.repeat(32)
const key = (): Uint8Array => randomBytes(32)
const ours = (text: Buffer | string): KeySet => parseKeyText(Buffer.from(text), { installId, mayBeBare: false })
const given = (text: Buffer | string): KeySet => parseKeyText(Buffer.from(text), { installId, mayBeBare: true })
/** What is wrong; that it opened is a failure of the test. */
const faultOf = (parse: () => KeySet): string => {
  try {
    parse()
  } catch (error) {
    if (error instanceof KeyTextError) return error.message
    throw error
  }
  throw new Error('it was taken')
}

describe('our own text', () => {
  test('gives back every key that went in, in order', () => {
    for (const previous of [[], [key()], [key(), key(), key()]]) {
      const keys: KeySet = { current: key(), previous }
      expect(ours(keyText(keys, installId))).toEqual(keys)
    }
  })

  test('says to a person what it is, and fits into what is read of it', () => {
    const text = keyText({ current: key(), previous: [key()] }, installId).toString()
    expect(text).toMatch(
      /^# Master key of the env sets.*\nsallyport-master-key 1 a{32}\n([0-9a-f]{32} [0-9a-f]{64}\n){2}$/,
    )
    expect(text.length).toBeLessThan(KEY_TEXT_MAX_BYTES)
  })

  test('with any digit changed, or cut anywhere, is damage and never another key', () => {
    const keys: KeySet = { current: key(), previous: [key()] }
    const text = keyText(keys, installId)
    const header = text.indexOf('\n') + 1
    for (let at = header; at < text.length - 1; at += 1) {
      const changed = Buffer.from(text)
      changed[at] = changed[at] === 0x37 ? 0x38 : 0x37
      expect(() => ours(changed)).toThrow(KeyTextError)
      // The end of a key's line is the one place where a cut leaves whole keys: the file is replaced in one piece.
      if (text[at] !== 0x0a && text[at - 1] !== 0x0a) expect(() => ours(text.subarray(0, at))).toThrow(KeyTextError)
    }
  })

  test('of another install, of a later version or without a header is refused for that reason', () => {
    const text = keyText({ current: key(), previous: [] }, installId).toString()
    expect(faultOf(() => ours(text.replace(installId, 'b'.repeat(32))))).toBe('belongs to another install')
    expect(faultOf(() => ours(text.replace('master-key 1', 'master-key 2')))).toContain('newer Sallyport')
    expect(faultOf(() => ours(text.replace(/^sallyport.*\n/m, '')))).toBe('was changed or cut')
    expect(faultOf(() => ours(''))).toBe('was changed or cut')
    expect(faultOf(() => ours(text.replace(/^[0-9a-f]{32} .*\n/m, '')))).toBe('holds no key')
  })
})

describe('a key that the owner made', () => {
  const bytes = key()
  const hex = Buffer.from(bytes).toString('hex')

  test.each([
    ['openssl rand -hex 32', `${hex}\n`],
    ['capitals', hex.toUpperCase()],
    ['another line end', `${hex}\r\n`],
    ['a comment above', `# from the safe\n\n  ${hex}  \n`],
    ['openssl rand -base64 32', `${Buffer.from(bytes).toString('base64')}\n`],
    ['base64url without padding', Buffer.from(bytes).toString('base64url')],
    ['32 raw bytes', Buffer.from(bytes)],
    ['a copy of our own file', keyText({ current: bytes, previous: [] }, installId)],
  ])('is taken as %s', (_how, text) => {
    expect(given(text)).toEqual({ current: bytes, previous: [] })
  })

  test('stands above the one that it replaces', () => {
    const old = key()
    const keys = given(`${hex}\n${Buffer.from(old).toString('base64')}\n`)
    expect(fingerprintsOf(keys)).toEqual([masterKeyFingerprint(bytes), masterKeyFingerprint(old)])
  })

  test.each([
    ['a password', 'correct horse battery staple'],
    ['32 characters of text', 'correct horse battery staple abc'],
    ['16 bytes', hex.slice(32)],
    ['33 bytes', `${hex}00`],
    ['zeros', '00'.repeat(32)],
    ['32 zero bytes', Buffer.alloc(32)],
    ['nothing', '\n'],
    ['the same key twice', `${hex}\n${hex}\n`],
    ['too many keys', Array.from({ length: 17 }, () => Buffer.from(key()).toString('hex')).join('\n')],
    ['a copy of the file of another install', keyText({ current: bytes, previous: [] }, 'b'.repeat(32))],
  ])('is not %s, which is refused without being quoted', (_what, text) => {
    const fault = faultOf(() => given(text))
    for (const line of text.toString().split('\n')) if (line.trim() !== '') expect(fault).not.toContain(line.trim())
  })
})
