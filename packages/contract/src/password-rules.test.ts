import { describe, expect, it } from 'vitest'
import { isCommonPassword } from './password-blocklist.ts'
import { normalisePassword, passwordProblem } from './password-rules.ts'

const problem = (password: string, minLength: 8 | 15 = 8, forbidden: string[] = []) =>
  passwordProblem({ password, minLength, forbidden })

describe('a password', () => {
  it('is the same from every keyboard, and normalised once is normalised', () => {
    expect(normalisePassword('cafe\u0301 \uff21\ufb01')).toBe('caf\u00e9 Afi')
    for (const text of ['\u1e9b\u0323', '\u1100\u1161\u11a8', '\ufdfa', '\u212b', 'a\u0323\u0307']) {
      const once = normalisePassword(text)
      expect(normalisePassword(once)).toBe(once)
    }
  })

  it('needs 8 characters with a second factor, 15 without, whatever they are', () => {
    for (const [minLength, enough] of [
      [8, 'zq8#kLw!'],
      [15, '              \u0007'],
      [8, 'пароль-да'],
      [8, '\u{1f600}\u{1f601}\u{1f602}\u{1f603}\u{1f604}\u{1f605}\u{1f606}\u{1f607}'],
    ] as const)
      expect(problem(enough, minLength)).toBeNull()
    expect(problem('zq8#kLw')).toBe('Use at least 8 characters.')
    expect(problem('zq8#kLw!zq8#kL', 15)).toBe('Use at least 15 characters.')
    expect(problem('')).toBe('Use at least 8 characters.')
    // Seven characters of two UTF-16 units each, and seven letters with their accents apart.
    expect(problem('\u{1f600}'.repeat(7))).toBe('Use at least 8 characters.')
    expect(problem('e\u0301'.repeat(7))).toBe('Use at least 8 characters.')
  })

  it('may have 1024 bytes after normalisation, not one more', () => {
    expect(problem(`${'x'.repeat(1023)}y`)).toBeNull()
    expect(problem('x'.repeat(1025))).toMatch(/^Use at most 1024 bytes/)
    expect(problem('日'.repeat(341))).toBeNull()
    expect(problem('日'.repeat(342))).toMatch(/^Use at most 1024 bytes/)
    // 18 times longer once normalised.
    expect(problem('\ufdfa'.repeat(40))).toMatch(/^Use at most 1024 bytes/)
    expect(problem('x'.repeat(100_000_000))).toMatch(/^Use at most 1024 bytes/)
  })

  it('is not one of the common ones, in capitals, full width or small letters', () => {
    for (const common of [
      'password',
      'PassWord',
      'ｐａｓｓｗｏｒｄ',
      '12345678',
      'iloveyou',
      'trustno1',
      'Sallyport',
      'sallyport1',
    ])
      expect(problem(common)).toBe('This is one of the most common passwords. Use another one.')
    expect(problem('password-of-mine')).toBeNull()
  })

  it('is not the user name nor the bootstrap password', () => {
    const given = 'Hn4kQ7tzw9xr3mJvbeLdFgy2'
    for (const known of ['annabelle', 'ANNABELLE', given, given.toLowerCase()])
      expect(problem(known, 8, ['annabelle', given])).toMatch(/^Use a password that is not your user name/)
    expect(problem(`${given}!`, 8, ['annabelle', given])).toBeNull()
  })

  it('with half a character is refused: different ones would be the same', () => {
    expect(problem('password \ud83d')).toMatch(/broken character/)
    expect(problem('password \u{1f600}')).toBeNull()
  })
})

describe('the list of common passwords', () => {
  it('holds whole words of at least 8 characters in the form that is asked for', () => {
    expect(isCommonPassword('')).toBe(false)
    expect(isCommonPassword('greyhoun')).toBe(true)
    expect(isCommonPassword('PASSWORD')).toBe(false)
    expect(isCommonPassword('password 12345678')).toBe(false)
  })
})
