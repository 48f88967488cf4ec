import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { createKeyring, generationOf, masterKeyFingerprint, wipe } from './keyring.ts'

const { keys } = JSON.parse(readFileSync(new URL('./vectors/keyring.json', import.meta.url), 'utf8'))
const bytes = (hex: string) => new Uint8Array(Buffer.from(hex, 'hex'))
const hex = (value: Uint8Array | undefined) => value && Buffer.from(value).toString('hex')

describe('the keyring', () => {
  it('gives the same fingerprints and keys on every version, byte for byte', () => {
    const [current, previous] = keys
    const keyring = createKeyring({ current: bytes(current.masterKey), previous: [bytes(previous.masterKey)] })
    expect(keyring.fingerprint).toBe(current.fingerprint)
    expect(keyring.keyId(1)).toBe(current.subkeys[0].keyId)
    for (const { masterKey, fingerprint, subkeys } of keys) {
      expect(masterKeyFingerprint(bytes(masterKey))).toBe(fingerprint)
      for (const { purpose, keyId, key } of subkeys) expect(hex(keyring.key(purpose, keyId))).toBe(key)
    }
  })

  it('has unrelated keys for every generation and master key, none of them a master key or a fingerprint', () => {
    const masterKeys = [randomBytes(32), randomBytes(32), randomBytes(32)]
    const [current = randomBytes(32), ...previous] = masterKeys
    const keyring = createKeyring({ current, previous })
    const derived = masterKeys.flatMap((masterKey) =>
      [1, 2, 3].map((generation) =>
        hex(keyring.key('env-value/1', `${masterKeyFingerprint(masterKey)}-${generation}`)),
      ),
    )
    const all = [...derived, ...masterKeys.map(hex), ...masterKeys.map(masterKeyFingerprint)]
    expect(new Set(all).size).toBe(all.length)
    expect(all).not.toContain(undefined)
  })

  it('has no key for an id of another master key, nor for one in another spelling', () => {
    const keyring = createKeyring({ current: randomBytes(32) })
    const keyId = keyring.keyId(7)
    expect(keyring.key('env-value/1', keyId)).toHaveLength(32)
    const { fingerprint } = keyring
    for (const other of [
      createKeyring({ current: randomBytes(32) }).keyId(7),
      fingerprint,
      `${fingerprint}-`,
      `${fingerprint}-0`,
      `${fingerprint}-07`,
      `${fingerprint}-7 `,
      `${fingerprint}-7\n`,
      `${fingerprint.toUpperCase()}-7A`,
      '',
    ])
      expect(keyring.key('env-value/1', other)).toBeUndefined()
  })

  it('counts generations from 1', () => {
    const keyring = createKeyring({ current: randomBytes(32) })
    expect(generationOf(keyring.keyId(12))).toBe(12)
    expect(generationOf('master-12')).toBeUndefined()
    for (const generation of [0, -1, 1.5, Number.NaN, 1e21]) expect(() => keyring.keyId(generation)).toThrow(RangeError)
  })

  it('takes master keys of 32 bytes only', () => {
    expect(() => createKeyring({ current: randomBytes(16) })).toThrow(RangeError)
    expect(() => createKeyring({ current: randomBytes(32), previous: [randomBytes(33)] })).toThrow(RangeError)
  })

  it('does not depend on the buffers that it was made of, and holds none when wiped', () => {
    const masterKey = randomBytes(32)
    const keyring = createKeyring({ current: masterKey, previous: [masterKey] })
    const before = hex(keyring.key('env-value/1', keyring.keyId(1)))
    wipe(masterKey)
    expect(masterKey).toEqual(Buffer.alloc(32))
    expect(hex(keyring.key('env-value/1', keyring.keyId(1)))).toBe(before)
    keyring.wipe()
    expect(keyring.key('env-value/1', keyring.keyId(1))).toBeUndefined()
  })
})
