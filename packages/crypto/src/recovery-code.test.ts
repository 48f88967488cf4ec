import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { newRecoveryCodes, normaliseRecoveryCode, recoveryCodeHash } from './recovery-code.ts'

const vector = JSON.parse(readFileSync(new URL('./vectors/recovery-code.json', import.meta.url), 'utf8'))
const key = new Uint8Array(Buffer.from(vector.key, 'hex'))

describe('recovery codes', () => {
  it('are ten, of 120 random bits each, in groups of four', () => {
    const codes = newRecoveryCodes(randomBytes)
    expect(new Set(codes).size).toBe(10)
    for (const code of codes) expect(code).toMatch(/^([0-9a-hjkmnp-tv-z]{4}-){5}[0-9a-hjkmnp-tv-z]{4}$/)
    const asked: number[] = []
    newRecoveryCodes((size) => {
      asked.push(size)
      return randomBytes(size)
    })
    expect(asked).toEqual(Array(10).fill(24))
  })

  it('are read back as they were written', () => {
    for (const code of newRecoveryCodes(randomBytes)) expect(normaliseRecoveryCode(code)).toBe(code.replaceAll('-', ''))
  })

  it('are read back as people type them', () => {
    const meant = '0011abcdefghjkmnpqrstvwx'
    for (const typed of [
      '0011-abcd-efgh-jkmn-pqrs-tvwx',
      'OoIl-ABCD-EFGH-JKMN-PQRS-TVWX',
      ' 0011 abcd efgh jkmn pqrs tvwx\n',
      '0011\u2013abcd\u2014efgh\u2010jkmn\u00a0pqrs\tTVWX',
      meant,
    ])
      expect(normaliseRecoveryCode(typed)).toBe(meant)
  })

  it('are nothing else', () => {
    for (const text of [
      '',
      '-'.repeat(24),
      '0011-abcd-efgh-jkmn-pqrs-tvw',
      '0011-abcd-efgh-jkmn-pqrs-tvwx0',
      '0011-abcd-efgh-jkmn-pqrs-tvwu',
      '0011-abcd-efgh-jkmn-pqrs-tvw!',
      '\u0660\u0660\u0661\u0661abcdefghjkmnpqrstvwx',
      `${' '.repeat(1_000_000)}`,
    ])
      expect(normaliseRecoveryCode(text)).toBeNull()
  })

  it('hash as they always have, and in one form only', () => {
    expect(Buffer.from(recoveryCodeHash(key, vector.code)).toString('hex')).toBe(vector.hash)
    expect(() => recoveryCodeHash(key, vector.code.toUpperCase())).toThrow(RangeError)
    expect(() => recoveryCodeHash(key, `${vector.code.slice(0, 4)}-${vector.code.slice(4)}`)).toThrow(RangeError)
  })
})
