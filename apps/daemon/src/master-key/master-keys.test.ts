import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Secret } from '@sallyport/crypto/secret'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { createFileSource } from './file-source.ts'
import { type KeySet, keysOf } from './key-set.ts'
import type { KeySource } from './key-source.ts'
import { createMasterKeys } from './master-keys.ts'
import { installId, openValue, sealValue } from './testing/sealed-row.ts'
import { createTestLog, startMasterKeys } from './testing/start-master-keys.ts'

let root = ''
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'sallyport-master-'))
})
afterEach(() => rmSync(root, { recursive: true }))

const source = () => createFileSource(root, installId)
const path = () => join(root, `install-${installId}.master`)
const start = () => startMasterKeys(source())

describe('the first key', () => {
  test('is made with the first value, 0600, and not before', async () => {
    const keys = await start()
    expect(keys.state()).toMatchObject({ kind: 'ready', source: path() })
    expect(keys.problem()).toBeNull()
    expect(readdirSync(root)).toEqual([])
    const row = sealValue(await keys.keyring(false), 'canary')
    expect(keys.state()).toEqual({ kind: 'ready', source: path(), keyId: row.keyId })
    expect(readdirSync(root)).toEqual([`install-${installId}.master`])
    const restarted = await start()
    expect(restarted.state()).toEqual(keys.state())
    expect(openValue(await restarted.keyring(true), row)).toBe('canary')
  })

  test('is one, however many ask for it at once', async () => {
    const keys = createMasterKeys({ source: source(), clock: { now: () => 0 }, log: createTestLog() })
    const rings = await Promise.all(Array.from({ length: 10 }, () => keys.keyring(false)))
    expect(new Set(rings.map(({ fingerprint }) => fingerprint)).size).toBe(1)
  })

  test('is not made where something is sealed already: that is locked, until the key is back', async () => {
    const row = sealValue(await (await start()).keyring(false), 'canary')
    const text = readFileSync(path())
    rmSync(path())
    const keys = await start()
    await expect(keys.keyring(true)).rejects.toMatchObject({
      errorCode: 'locked',
      message: expect.stringMatching(/is missing .*restore it/),
    })
    expect(keys.state()).toMatchObject({ kind: 'locked', canUnlock: false, reason: expect.stringMatching(/missing/) })
    expect(keys.problem()).toMatch(/^env sets are locked: the master key that sealed the values is missing/)
    expect(readdirSync(root)).toEqual([])
    writeFileSync(path(), text, { mode: 0o600 })
    expect(openValue(await keys.keyring(true), row)).toBe('canary')
    expect(keys.problem()).toBeNull()
  })

  test('that cannot be written seals nothing, and the next call tries again', async () => {
    const keys = await start()
    rmSync(root, { recursive: true })
    await expect(keys.keyring(false)).rejects.toMatchObject({
      errorCode: 'unavailable',
      message: expect.stringMatching(/cannot be stored/),
    })
    mkdirSync(root, { mode: 0o700 })
    const row = sealValue(await keys.keyring(false), 'canary')
    expect(openValue(await (await start()).keyring(true), row)).toBe('canary')
  })
})

test('a file that is open to others locks env sets, says so once in the log, and counts again when it is mended', async () => {
  const row = sealValue(await (await start()).keyring(false), 'canary')
  chmodSync(path(), 0o644)
  const log = createTestLog()
  const keys = await startMasterKeys(source(), { log })
  for (let n = 0; n < 3; n += 1) await expect(keys.keyring(true)).rejects.toThrow(/locked: .*mode 0644/)
  await expect(keys.rotate(async () => undefined)).rejects.toMatchObject({ errorCode: 'locked' })
  expect(log.lines).toHaveLength(1)
  chmodSync(path(), 0o600)
  expect(openValue(await keys.keyring(true), row)).toBe('canary')
})

test('a damaged file is never written over, whatever is asked', async () => {
  await (await start()).keyring(false)
  writeFileSync(path(), 'canary-canary')
  const keys = await start()
  for (const hasCiphertext of [true, false]) await expect(keys.keyring(hasCiphertext)).rejects.toThrow('damaged')
  await expect(keys.rotate(async () => undefined)).rejects.toThrow('damaged')
  await expect(keys.unlock(new Secret('x'))).rejects.toMatchObject({ errorCode: 'bad_request' })
  expect(readFileSync(path(), 'utf8')).toBe('canary-canary')
  expect(keys.problem()).not.toContain('canary')
})

test('what was read, written or made is zeroed when it has been copied into the keyring', async () => {
  const seen: KeySet[] = []
  const real = source()
  const watched: KeySource = {
    ...real,
    read: async () => {
      const found = await real.read()
      if (found !== undefined) seen.push(found)
      return found
    },
    create: (keys) => real.create(keys).then(() => void seen.push(keys)),
    replace: (keys) => real.replace(keys).then(() => void seen.push(keys)),
  }
  const first = await startMasterKeys(watched)
  await first.keyring(false)
  await first.rotate(async () => undefined)
  const second = await startMasterKeys(watched)
  expect(seen.length).toBeGreaterThanOrEqual(4)
  for (const key of seen.flatMap(keysOf)) expect(Buffer.from(key).equals(Buffer.alloc(32))).toBe(true)
  const ring = await second.keyring(true)
  expect(ring.key('env-value/1', ring.keyId(1))?.some((byte) => byte !== 0)).toBe(true)
})
