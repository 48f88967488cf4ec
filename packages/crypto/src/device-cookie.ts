/**
 * The device cookie: "this browser has signed in as this user before". It keeps an owner from being locked out by somebody who guesses at the account
 * (its own limit bucket, SPEC A13; the idea is OWASP's device cookies) and proves nothing else: it is no sign-in.
 *
 *   1 · user id · device id · issued at (ms) · HMAC-SHA-256 (RFC 2104) of all before it, base64url; separated by dots
 *
 * Guarantees: only the holder of the key makes one, in one spelling only; reading takes the same time however much of the HMAC is right.
 * Does not: end. The caller sets the age, counts failures per device id, and forgets a device by forgetting its id.
 */
import { createHmac, timingSafeEqual } from 'node:crypto'

const ID = /^[A-Za-z0-9_-]{1,64}$/
const ISSUED_AT = /^(?:0|[1-9][0-9]{0,15})$/
const VALUE_MAX = 256

/** @param o.key from `deriveKey(installKey, 'device-cookie/1')` @param o.issuedAt milliseconds since 1970 */
export const signDevice = (o: {
  readonly key: Uint8Array
  readonly userId: string
  readonly deviceId: string
  readonly issuedAt: number
}): string => {
  if (!ID.test(o.userId) || !ID.test(o.deviceId)) throw new RangeError('an id has 1 to 64 letters, digits, - or _')
  if (!ISSUED_AT.test(String(o.issuedAt))) throw new RangeError('issuedAt is in whole milliseconds')
  const signed = `1.${o.userId}.${o.deviceId}.${o.issuedAt}`
  return `${signed}.${createHmac('sha256', o.key).update(signed, 'ascii').digest('base64url')}`
}

/** @returns null for anything but a cookie of ours that is not older than `maxAgeMs` (nor from the future: the clock was set back, and the device is unknown for a while). */
export const readDevice = (o: {
  readonly key: Uint8Array
  readonly value: string
  readonly now: number
  readonly maxAgeMs: number
}): { userId: string; deviceId: string } | null => {
  if (o.value.length > VALUE_MAX) return null
  const [version, userId, deviceId, issued, mac, more] = o.value.split('.')
  if (version !== '1' || !userId || !deviceId || !issued || !mac || more !== undefined) return null
  if (!ID.test(userId) || !ID.test(deviceId) || !ISSUED_AT.test(issued)) return null
  const issuedAt = Number(issued)
  if (!Number.isSafeInteger(issuedAt)) return null
  // Comparing with the whole value as we would write it refuses every other spelling of the same HMAC.
  const expected = Buffer.from(signDevice({ key: o.key, userId, deviceId, issuedAt }))
  const given = Buffer.from(o.value)
  if (expected.byteLength !== given.byteLength || !timingSafeEqual(expected, given)) return null
  return o.now >= issuedAt && o.now - issuedAt <= o.maxAgeMs ? { userId, deviceId } : null
}
