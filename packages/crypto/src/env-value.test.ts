import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { EnvValueError, type EnvValuePlace, openEnvValue, sealEnvValue } from './env-value.ts'
import { createKeyring } from './keyring.ts'

const vector = JSON.parse(readFileSync(new URL('./vectors/env-value.json', import.meta.url), 'utf8'))
const bytes = (hex: string) => new Uint8Array(Buffer.from(hex, 'hex'))
const keyring = createKeyring({ current: bytes(vector.masterKey) })
const keyId: string = vector.keyId
const place: EnvValuePlace = vector.place
const canary = Buffer.from('canary-value')

const sealed = (o: Partial<Parameters<typeof sealEnvValue>[0]> = {}) =>
  sealEnvValue({ keyring, keyId, place, value: canary, random: randomBytes, ...o })

/** The error, or what else came of it: a value is a failure of the test. */
const faultOf = (o: Partial<Parameters<typeof openEnvValue>[0]>): EnvValueError | string => {
  try {
    return `opened: ${Buffer.from(openEnvValue({ keyring, keyId, place, sealed: sealed(), ...o }))}`
  } catch (error) {
    if (error instanceof EnvValueError) return error
    throw error
  }
}

describe('a sealed value of an env set', () => {
  it('is what it always was, byte for byte', () => {
    const known = sealed({ value: bytes(vector.plaintext), random: () => bytes(vector.nonce) })
    expect(Buffer.from(known).toString('hex')).toBe(vector.sealed)
    expect(openEnvValue({ keyring, keyId, place, sealed: bytes(vector.sealed) })).toEqual(bytes(vector.plaintext))
  })

  it('opens to what was sealed, empty or 64 KiB', () => {
    for (const value of [new Uint8Array(0), new Uint8Array(randomBytes(65_536))])
      expect(openEnvValue({ keyring, keyId, place, sealed: sealed({ value }) })).toEqual(value)
  })

  it.each<[string, Partial<EnvValuePlace>]>([
    ['another install', { installId: 'i-2' }],
    ['another env set', { envSetId: 's0123456789b' }],
    ['another variable', { name: 'API_TOKEN2' }],
    ['an older version', { version: 2 }],
    ['a newer version', { version: 4 }],
    ['parts that read the same in a row', { envSetId: 's0123456789aA', name: 'PI_TOKEN' }],
  ])('does not open as that of %s, and says which variable it was asked for', (_what, other) => {
    const error = faultOf({ place: { ...place, ...other } })
    expect(error).toMatchObject({ reason: 'integrity', variable: other.name ?? 'API_TOKEN' })
    expect(String(error)).toContain(other.name ?? 'API_TOKEN')
    expect(String(error)).not.toContain('canary')
  })

  it('does not open under another key id than its row says, also where both keys are here', () => {
    expect(faultOf({ keyId: keyring.keyId(2) })).toMatchObject({ reason: 'integrity' })
    expect(faultOf({ sealed: sealed({ keyId: keyring.keyId(2) }) })).toMatchObject({ reason: 'integrity' })
    // The id rewritten in the envelope as well as in the row.
    const rewritten = Buffer.from(Buffer.from(sealed()).toString('latin1').replace(keyId, keyring.keyId(2)), 'latin1')
    expect(faultOf({ keyId: keyring.keyId(2), sealed: rewritten })).toMatchObject({ reason: 'integrity' })
  })

  it('does not open changed or cut', () => {
    const value = sealed()
    for (let at = 0; at < value.byteLength; at += 1) {
      const changed = value.slice()
      changed[at] = (changed[at] ?? 0) ^ 1
      expect(faultOf({ sealed: changed })).toBeInstanceOf(EnvValueError)
      expect(faultOf({ sealed: value.subarray(0, at) })).toMatchObject({ reason: 'integrity' })
    }
  })

  it('opens under a previous master key, and without it asks for it', () => {
    const old = createKeyring({ current: randomBytes(32) })
    const masterKey = randomBytes(32)
    const before = createKeyring({ current: masterKey })
    const row = { keyId: before.keyId(1), sealed: sealed({ keyring: before, keyId: before.keyId(1) }) }
    expect(faultOf({ ...row, keyring: old })).toMatchObject({ reason: 'unknown_key', variable: 'API_TOKEN' })
    const both = createKeyring({ current: randomBytes(32), previous: [masterKey] })
    expect(Buffer.from(openEnvValue({ ...row, place, keyring: both }))).toEqual(canary)
    both.wipe()
    expect(faultOf({ ...row, keyring: both })).toMatchObject({ reason: 'unknown_key' })
    expect(() => sealed({ keyring: both })).toThrow(EnvValueError)
  })

  it('of a newer format says so', () => {
    const newer = sealed()
    newer[0] = 2
    expect(faultOf({ sealed: newer })).toMatchObject({ reason: 'unknown_version' })
  })

  it('has a version from 1 on', () => {
    for (const version of [0, -1, 1.5, Number.NaN])
      expect(() => sealed({ place: { ...place, version } })).toThrow(RangeError)
  })
})
