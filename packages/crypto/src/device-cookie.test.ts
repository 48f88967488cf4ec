import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { readDevice, signDevice } from './device-cookie.ts'

const {
  key: keyHex,
  value,
  ...device
} = JSON.parse(readFileSync(new URL('./vectors/device-cookie.json', import.meta.url), 'utf8'))
const key = new Uint8Array(Buffer.from(keyHex, 'hex'))
const maxAgeMs = 1000
const read = (o: Partial<Parameters<typeof readDevice>[0]>) =>
  readDevice({ key, value, now: device.issuedAt, maxAgeMs, ...o })
const owner = { userId: device.userId, deviceId: device.deviceId }

describe('a device cookie', () => {
  it('is written and read as it always was', () => {
    expect(signDevice({ key, ...device })).toBe(value)
    expect(read({})).toEqual(owner)
  })

  it('lives as long as the caller says, and not before it was made', () => {
    expect(read({ now: device.issuedAt + 1000 })).toEqual(owner)
    expect(read({ now: device.issuedAt + 1001 })).toBeNull()
    expect(read({ now: device.issuedAt - 1 })).toBeNull()
    expect(read({ now: Number.NaN })).toBeNull()
  })

  it('is nothing with any character changed, added or missing', () => {
    for (let at = 0; at < value.length; at++) {
      for (const character of 'A9_.= ') {
        const changed = value.slice(0, at) + character + value.slice(at + 1)
        if (changed !== value) expect(read({ value: changed })).toBeNull()
      }
      expect(read({ value: value.slice(0, at) })).toBeNull()
      expect(read({ value: value.slice(0, at) + value.slice(at + 1) })).toBeNull()
    }
    for (const planted of [`${value}=`, `${value}.`, `.${value}`, ` ${value}`, '', '1....', 'x'.repeat(1_000_000)])
      expect(read({ value: planted })).toBeNull()
  })

  it('has one spelling: base64url that decodes to the same HMAC is not enough', () => {
    const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
    const second = value.slice(0, -1) + alphabet[alphabet.indexOf(value.slice(-1)) + 1]
    const mac = (text: string) => Buffer.from(text.split('.')[4] ?? '', 'base64url').toString('hex')
    expect(mac(second)).toBe(mac(value))
    expect(read({ value: second })).toBeNull()
    expect(read({ value: value.replace(`.${device.issuedAt}.`, `.0${device.issuedAt}.`) })).toBeNull()
  })

  it('of another key, or moved to another user, is nothing', () => {
    expect(read({ key: randomBytes(32) })).toBeNull()
    expect(read({ value: value.replace(device.userId, 'abc124') })).toBeNull()
  })

  it('is not signed for what it could not carry', () => {
    for (const wrong of [
      { userId: 'a.b' },
      { userId: '' },
      { deviceId: 'd'.repeat(65) },
      { issuedAt: 1.5 },
      { issuedAt: -1 },
    ])
      expect(() => signDevice({ key, ...device, ...wrong })).toThrow(RangeError)
  })

  it('with a time that no clock has is refused, not an error', () => {
    const key = new Uint8Array(32)
    for (const issued of ['9999999999999999', '99999999999999999999']) {
      expect(readDevice({ key, value: `1.a.b.${issued}.x`, now: 0, maxAgeMs: 1 })).toBeNull()
    }
  })
})
