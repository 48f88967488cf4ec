import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { inspect } from 'node:util'
import { describe, expect, it } from 'vitest'
import { deriveKey, type KeyPurpose } from './derive.ts'
import { newId } from './ids.ts'
import { Secret } from './secret.ts'
import { isToken, newToken, tokenHash } from './tokens.ts'

const vectors = JSON.parse(readFileSync(new URL('./vectors/tokens.json', import.meta.url), 'utf8'))
const bytes = (hex: string) => new Uint8Array(Buffer.from(hex, 'hex'))
const hex = (value: Uint8Array) => Buffer.from(value).toString('hex')

describe('known answers', () => {
  it('derives the same key for a purpose on every version', () => {
    const purposes: Record<KeyPurpose, true> = {
      'auth-session-token/1': true,
      'launch-ticket/1': true,
      'sealed-secrets/1': true,
      'recovery-code/1': true,
      'device-cookie/1': true,
      'sign-in-token/1': true,
      'unknown-subject/1': true,
    }
    for (const purpose of Object.keys(purposes) as KeyPurpose[]) {
      expect(hex(deriveKey(bytes(vectors.installKey), purpose))).toBe(vectors.derived[purpose])
    }
    expect(Object.keys(vectors.derived)).toEqual(Object.keys(purposes))
    expect(new Set(Object.values(vectors.derived)).size).toBe(Object.keys(purposes).length)
  })

  it('makes and hashes a token as it always has: sign-ins survive an upgrade', () => {
    const token = newToken(() => bytes(vectors.token.random))
    expect(token).toBe(vectors.token.token)
    expect(hex(tokenHash(deriveKey(bytes(vectors.installKey), 'auth-session-token/1'), token))).toBe(vectors.token.hash)
  })
})

describe('tokens', () => {
  it('are recognised in their one spelling only', () => {
    const token = newToken(randomBytes)
    expect(isToken(token)).toBe(true)
    expect(isToken(token.slice(1))).toBe(false)
    expect(isToken(`${token}=`)).toBe(false)
    // 43 characters carry 258 bits: the last two must be zero.
    expect(isToken(`${'A'.repeat(42)}B`)).toBe(false)
    expect(isToken(`${'A'.repeat(42)}A`)).toBe(true)
  })

  it('are not made from too little randomness', () => {
    expect(() => newToken(() => new Uint8Array(16))).toThrow(RangeError)
    expect(() => deriveKey(new Uint8Array(16), 'launch-ticket/1')).toThrow(RangeError)
  })
})

describe('ids', () => {
  it('use every character of the alphabet equally often', () => {
    const every = Uint8Array.from({ length: 256 }, (_, byte) => byte)
    const id = newId(() => every, '0123456789abcdef', 256)
    for (const character of '0123456789abcdef') expect(id.split(character)).toHaveLength(17)
    expect(() => newId(randomBytes, 'abc', 4)).toThrow(RangeError)
  })
})

describe('a secret', () => {
  it('cannot be printed by accident', () => {
    const secret = new Secret('hunter2')
    for (const printed of [`${secret}`, JSON.stringify({ secret }), inspect({ secret }), inspect(secret)]) {
      expect(printed).toContain('[secret]')
      expect(printed).not.toContain('hunter2')
    }
    expect(secret.reveal()).toBe('hunter2')
  })
})
