/**
 * Time-based one-time codes (RFC 6238 on HOTP, RFC 4226) as every authenticator app makes them: SHA-1, 6 digits, steps of 30 s, by otplib.
 *
 * Guarantees: one step before and after now is accepted (clocks differ, people type slowly), nothing at or before `lastStep`; the answer takes the same
 * time whichever step matches; no code, however malformed, throws. Does not: count tries (10^6 codes, three good ones at a time: the caller limits), store
 * anything, tell how wrong a clock is. A clock that was set back refuses every code until it has passed `lastStep` again: accepting would replay codes
 * already used; recovery codes go on working.
 * The caller: stores `step` as the new `lastStep` in one conditional write (only where it is still smaller), so that a code sent twice in parallel counts
 * once, seals the secret, and imports this lazily (otplib takes 20 ms to load).
 */
import { timingSafeEqual } from 'node:crypto'
import { generateSync, ScureBase32Plugin } from 'otplib'
import type { RandomBytes } from './tokens.ts'

/** RFC 4226, section 4, R6: the length of the HMAC's output. */
const SECRET_BYTES = 20
const STEP_SECONDS = 30
const WINDOW_STEPS = 1
/** ASCII only: `\d` of some engines and Number() take other scripts' digits, which people can paste and apps never show. */
const CODE = /^[0-9]{6}$/

/** 160 random bits in base 32 (RFC 4648, section 6) without padding: 32 characters. */
export const newTotpSecret = (random: RandomBytes): string => {
  const bytes = random(SECRET_BYTES)
  if (bytes.byteLength !== SECRET_BYTES) throw new RangeError(`a TOTP secret needs ${SECRET_BYTES} random bytes`)
  return new ScureBase32Plugin().encode(bytes)
}

/**
 * The `otpauth:` URI that a QR code carries. Written here because otplib's leaves ':' in the issuer, where apps then see the account begin.
 * Digits, period and algorithm are the defaults of every app and are not repeated.
 */
export const totpUri = (o: { readonly secret: string; readonly account: string; readonly issuer: string }): string => {
  const issuer = encodePart(o.issuer)
  return `otpauth://totp/${issuer}:${encodePart(o.account)}?secret=${encodePart(o.secret)}&issuer=${issuer}`
}

/** Half of a surrogate pair would make encodeURIComponent throw. */
const encodePart = (text: string) => encodeURIComponent(text.replace(/\p{Surrogate}/gu, '\ufffd'))

/**
 * @param o.secret from `newTotpSecret` @param o.now milliseconds since 1970 @param o.lastStep the step that was accepted last
 * @returns the step that the code belongs to, for the caller to store
 * @throws what otplib throws on a secret that is not base 32: ours, not the client's
 */
export const checkTotp = (o: {
  readonly secret: string
  readonly code: string
  readonly now: number
  readonly lastStep: number | null
}): { ok: true; step: number } | { ok: false } => {
  if (!CODE.test(o.code)) return { ok: false }
  const given = Buffer.from(o.code)
  const current = Math.floor(o.now / 1000 / STEP_SECONDS)
  let accepted: number | null = null
  for (let step = current - WINDOW_STEPS; step <= current + WINDOW_STEPS; step++) {
    if (step < 0) continue
    const expected = Buffer.from(generateSync({ secret: o.secret, epoch: step * STEP_SECONDS }))
    const matches = timingSafeEqual(expected, given)
    // `lastStep` is compared here and not by otplib's afterTimeStep, which throws when it lies ahead of now.
    if (matches && (o.lastStep === null || step > o.lastStep)) accepted = step
  }
  return accepted === null ? { ok: false } : { ok: true, step: accepted }
}
