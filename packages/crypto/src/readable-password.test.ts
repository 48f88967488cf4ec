import { randomBytes } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { newReadablePassword } from './readable-password.ts'

/** Every byte there is, over and over. */
const everyByte = () => {
  let next = 0
  return (size: number) => Uint8Array.from({ length: size }, () => next++ & 255)
}

describe('a made-up password', () => {
  it('is one word of 24 characters with at least 119 bits', () => {
    const all = newReadablePassword(everyByte(), 240)
    const characters = new Set(all)
    expect(24 * Math.log2(characters.size)).toBeGreaterThanOrEqual(119)
    expect(newReadablePassword(randomBytes)).toMatch(/^[A-Za-z0-9]{24}$/)
    expect(newReadablePassword(randomBytes)).not.toBe(newReadablePassword(randomBytes))
  })

  it('uses every character equally often', () => {
    // 240 of 256 bytes are used: six rounds through an alphabet of 40.
    const all = newReadablePassword(everyByte(), 240)
    for (const character of new Set(all)) expect(all.split(character)).toHaveLength(7)
  })

  it('has no two characters that look alike', () => {
    const characters = new Set(newReadablePassword(everyByte(), 240))
    for (const lookalikes of [
      '0OoDQ',
      '1IliL|',
      '8B',
      '5Ss',
      '2Zz',
      '9g',
      '9q',
      'Cc',
      'Kk',
      'Pp',
      'Uu',
      'Vv',
      'Ww',
      'Xx',
      'Yy',
    ])
      expect([...lookalikes].filter((character) => characters.has(character)).length).toBeLessThanOrEqual(1)
  })

  it('is not made of too little, nor from a source that stands still', () => {
    expect(() => newReadablePassword(randomBytes, 22)).toThrow(RangeError)
    expect(() => newReadablePassword(randomBytes, 24.5)).toThrow(RangeError)
    expect(() => newReadablePassword((size) => new Uint8Array(size).fill(255))).toThrow(RangeError)
    expect(() => newReadablePassword(() => new Uint8Array(0))).toThrow(RangeError)
  })
})
