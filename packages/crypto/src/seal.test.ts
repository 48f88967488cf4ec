import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { open, SealError, seal } from './seal.ts'

const vector = JSON.parse(readFileSync(new URL('./vectors/seal.json', import.meta.url), 'utf8'))
const bytes = (hex: string) => new Uint8Array(Buffer.from(hex, 'hex'))
const key = bytes(vector.key)
const keys = (keyId: string) => (keyId === vector.keyId ? key : undefined)
const known = () =>
  seal({
    key,
    keyId: vector.keyId,
    aad: vector.aad,
    plaintext: bytes(vector.plaintext),
    random: () => bytes(vector.nonce),
  })

/** The reason, or what else came of it: a plaintext is a failure of the test. */
const faultOf = (sealed: Uint8Array, aad: readonly string[] = vector.aad, from = keys): string => {
  try {
    return `opened: ${Buffer.from(open({ keys: from, aad, sealed }))}`
  } catch (error) {
    if (error instanceof SealError) return error.reason
    throw error
  }
}

describe('a sealed value', () => {
  it('is what it always was, byte for byte', () => {
    expect(Buffer.from(known()).toString('hex')).toBe(vector.sealed)
    expect(open({ keys, aad: vector.aad, sealed: bytes(vector.sealed) })).toEqual(bytes(vector.plaintext))
  })

  it('opens to what was sealed, whatever its length, key id and place', () => {
    for (const [length, keyId, aad] of [
      [0, 'k', []],
      [1, '~'.repeat(64), ['']],
      [15, 'a/b:c', ['a', '', 'b']],
      [100_000, '1', ['日本語', '\u0000', 'x'.repeat(70_000)]],
    ] as const) {
      const plaintext = randomBytes(length)
      const sealed = seal({ key, keyId, aad, plaintext, random: randomBytes })
      expect(sealed).toHaveLength(2 + keyId.length + 12 + length + 16)
      expect(Buffer.from(open({ keys: () => key, aad, sealed })).equals(plaintext)).toBe(true)
    }
  })

  it('does not open with any bit of it changed', () => {
    const sealed = known()
    for (let bit = 0; bit < sealed.byteLength * 8; bit++) {
      const tampered = sealed.slice()
      tampered[bit >> 3] = (tampered[bit >> 3] ?? 0) ^ (1 << (bit & 7))
      expect(faultOf(tampered)).toMatch(/^(unknown_version|unknown_key|damaged)$/)
      // Also when every key id leads to the key: the id itself is authenticated.
      expect(faultOf(tampered, vector.aad, () => key)).toMatch(/^(unknown_version|damaged)$/)
    }
  })

  it('does not open cut short, at any length, nor with more behind it', () => {
    const sealed = known()
    for (let length = 0; length < sealed.byteLength; length++)
      expect(faultOf(sealed.subarray(0, length))).toMatch(/^(unknown_key|damaged)$/)
    expect(faultOf(Buffer.concat([sealed, Buffer.alloc(1)]))).toBe('damaged')
  })

  it('says which of the three is wrong', () => {
    expect(faultOf(known(), vector.aad, () => undefined)).toBe('unknown_key')
    expect(faultOf(known(), vector.aad, () => randomBytes(32))).toBe('damaged')
    expect(faultOf(Buffer.concat([Uint8Array.of(2), known().subarray(1)]))).toBe('unknown_version')
    expect(faultOf(new Uint8Array(0))).toBe('damaged')
  })

  it('does not open with a tag that was cut to four bytes and an envelope that says nothing of it', () => {
    const sealed = known()
    expect(faultOf(sealed.subarray(0, sealed.byteLength - 12))).toBe('damaged')
  })
})

describe('associated data', () => {
  /** Every way to cut a text into parts. */
  const cuts = (text: string): string[][] =>
    text.length === 0
      ? [[]]
      : Array.from(text, (_, at) => cuts(text.slice(at + 1)).map((rest) => [text.slice(0, at + 1), ...rest])).flat()

  it('cannot be shifted between its parts', () => {
    const places = [...cuts('abcdef'), ['', 'abcdef'], ['abcdef', ''], [], [''], ['', '']]
    const sealed = places.map((aad) => seal({ key, keyId: 'k', aad, plaintext: bytes('00'), random: randomBytes }))
    for (const [from, value] of sealed.entries())
      for (const [to, aad] of places.entries()) expect(faultOf(value, aad, () => key) === 'damaged').toBe(from !== to)
  })

  it('cannot imitate its own length prefixes', () => {
    const sealed = seal({ key, keyId: 'k', aad: ['a', 'b'], plaintext: bytes('00'), random: randomBytes })
    expect(faultOf(sealed, ['a\u0000\u0000\u0000\u0001b'], () => key)).toBe('damaged')
  })

  it('is well-formed text: half a character would be the same place as another half', () => {
    const place = (aad: string[]) => () => seal({ key, keyId: 'k', aad, plaintext: bytes('00'), random: randomBytes })
    expect(place(['\ud800'])).toThrow(RangeError)
    expect(place(['\ufffd'])).not.toThrow()
  })
})

describe('sealing', () => {
  const sealing = (o: Partial<Parameters<typeof seal>[0]>) => () =>
    seal({ key, keyId: 'k', aad: [], plaintext: bytes('00'), random: randomBytes, ...o })

  it('refuses keys, key ids and nonces of the wrong shape', () => {
    expect(sealing({ key: new Uint8Array(16) })).toThrow(RangeError)
    expect(() => open({ keys: () => new Uint8Array(16), aad: [], sealed: sealing({})() })).toThrow(RangeError)
    for (const keyId of ['', 'a b', 'é', 'k'.repeat(65), 'a\n']) expect(sealing({ keyId })).toThrow(RangeError)
    expect(sealing({ random: () => new Uint8Array(8) })).toThrow(RangeError)
  })

  it('never gives the same envelope twice', () => {
    expect(sealing({})()).not.toEqual(sealing({})())
  })
})
