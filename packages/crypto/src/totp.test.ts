import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { checkTotp, newTotpSecret, totpUri } from './totp.ts'

const { secret, codes } = JSON.parse(readFileSync(new URL('./vectors/totp.json', import.meta.url), 'utf8'))
const [first] = codes
const now = first.seconds * 1000
const step = Math.floor(first.seconds / 30)
const check = (o: { code?: string; now?: number; lastStep?: number | null }) =>
  checkTotp({ secret, code: first.code, now, lastStep: null, ...o })

describe('a code', () => {
  it('is what RFC 6238 says, at every time of its appendix B', () => {
    for (const { seconds, code } of codes)
      expect(checkTotp({ secret, code, now: seconds * 1000, lastStep: null })).toEqual({
        ok: true,
        step: Math.floor(seconds / 30),
      })
  })

  it('counts in its own step, the one before and the one after, to the millisecond', () => {
    const begins = step * 30_000
    for (const at of [begins - 30_000, begins, begins + 29_999, begins + 59_999])
      expect(check({ now: at })).toEqual({ ok: true, step })
    for (const at of [begins - 30_001, begins + 60_000]) expect(check({ now: at })).toEqual({ ok: false })
  })

  it('counts once: not at or before the step that was used last', () => {
    expect(check({ lastStep: step - 1 })).toEqual({ ok: true, step })
    expect(check({ lastStep: step })).toEqual({ ok: false })
    expect(check({ lastStep: step + 1 })).toEqual({ ok: false })
  })

  it('is refused, without throwing, after the clock was set back two hours', () => {
    expect(check({ lastStep: step + 240 })).toEqual({ ok: false })
    expect(check({ now: -7_200_000 })).toEqual({ ok: false })
    expect(check({ now: 0 })).toEqual({ ok: true, step })
    expect(check({ now: Number.NaN })).toEqual({ ok: false })
  })

  it('of the wrong shape is refused without throwing', () => {
    const arabicIndic = first.code.replace(/[0-9]/g, (digit: string) => String.fromCodePoint(0x660 + Number(digit)))
    const fullWidth = first.code
      .normalize()
      .replace(/[0-9]/g, (digit: string) => String.fromCodePoint(0xff10 + Number(digit)))
    for (const code of [
      '',
      first.code.slice(1),
      `${first.code}0`,
      `0${first.code}`,
      ` ${first.code}`,
      `${first.code}\n`,
      `${first.code.slice(0, 3)} ${first.code.slice(3)}`,
      arabicIndic,
      fullWidth,
      '-12345',
      '1e5000',
      '0x1234',
      '12.345',
      'abcdef',
      '\u0000'.repeat(6),
      '\ud800'.repeat(6),
      '9'.repeat(1_000_000),
    ])
      expect(check({ code })).toEqual({ ok: false })
  })

  it('of another secret is refused', () => {
    const other = newTotpSecret(randomBytes)
    expect(checkTotp({ secret: other, code: 'x'.repeat(6), now, lastStep: null })).toEqual({ ok: false })
    const wrong = String((Number(first.code) + 1) % 1_000_000).padStart(6, '0')
    expect(check({ code: wrong })).toEqual({ ok: false })
  })
})

describe('a secret', () => {
  it('has 160 random bits, in base 32', () => {
    expect(newTotpSecret(() => new Uint8Array(Buffer.from('12345678901234567890')))).toBe(secret)
    expect(newTotpSecret(randomBytes)).toMatch(/^[A-Z2-7]{32}$/)
    expect(() => newTotpSecret(() => new Uint8Array(10))).toThrow(RangeError)
  })
})

describe('the URI for authenticator apps', () => {
  it('keeps account and issuer apart whatever they contain', () => {
    const uri = totpUri({ secret, account: 'ann:x/?&#=% @home', issuer: 'Sallyport: my host' })
    const parsed = new URL(uri)
    expect(uri.startsWith('otpauth://totp/Sallyport%3A%20my%20host:ann%3Ax%2F%3F%26%23%3D%25%20%40home?secret=')).toBe(
      true,
    )
    expect([...parsed.searchParams]).toEqual([
      ['secret', secret],
      ['issuer', 'Sallyport: my host'],
    ])
    expect(uri).not.toContain('+')
  })

  it('is made of half a character too', () => {
    expect(totpUri({ secret, account: '\ud800', issuer: 'S' })).toContain('S:%EF%BF%BD?')
  })
})
