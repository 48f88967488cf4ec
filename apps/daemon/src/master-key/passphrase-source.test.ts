import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Secret } from '@sallyport/crypto/secret'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { createPassphraseLock } from './passphrase-source.ts'
import { installId, openValue, type Row, sealValue } from './testing/sealed-row.ts'
import { createTestLog, otherInstallId, startMasterKeys } from './testing/start-master-keys.ts'

let root = ''
let now = 0
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'sallyport-passphrase-'))
  now = 1_000_000
})
afterEach(() => rmSync(root, { recursive: true }))

const good = 'a canary in a coal mine'
const path = () => join(root, `install-${installId}.passphrase`)
const start = (log = createTestLog()) => startMasterKeys(createPassphraseLock(root, installId), { now: () => now, log })
/** A file that `good` opens, and a value that was sealed by its key. Argon2id is dear: made once. */
let once: { readonly file: Buffer; readonly row: Row } | undefined
const sealed = async (): Promise<Row> => {
  if (once === undefined) {
    const keys = await start()
    await keys.unlock(new Secret(good))
    const row = sealValue(await keys.keyring(false), 'value')
    once = { file: readFileSync(path()), row }
  } else writeFileSync(path(), once.file, { mode: 0o600 })
  return once.row
}

test('the first passphrase is taken, and opens what was sealed after a restart', async () => {
  const keys = await start()
  expect(keys.state()).toEqual({
    kind: 'locked',
    canUnlock: true,
    reason: expect.stringContaining('no passphrase was chosen'),
  })
  await keys.unlock(new Secret(good))
  const row = sealValue(await keys.keyring(false), 'value')
  expect(keys.state()).toEqual({ kind: 'ready', source: 'a passphrase', keyId: row.keyId })
  expect(statSync(path()).mode & 0o777).toBe(0o600)

  const restarted = await start()
  expect(restarted.state()).toEqual({
    kind: 'locked',
    canUnlock: true,
    reason: expect.stringContaining('sallyport unlock'),
  })
  expect(restarted.problem()).toContain('run: sallyport unlock')
  await expect(restarted.keyring(true)).rejects.toMatchObject({ errorCode: 'locked' })
  await restarted.unlock(new Secret(good))
  expect(openValue(await restarted.keyring(true), row)).toBe('value')
  expect(restarted.problem()).toBeNull()
})

test('the passphrase is the same in every keyboard’s spelling', async () => {
  const keys = await start()
  await keys.unlock(new Secret('Ångström und Käse'.normalize('NFD')))
  await keys.keyring(false)
  await (await start()).unlock(new Secret('Ångström und Käse'.normalize('NFC')))
})

test('neither the passphrase nor a key is on disk or in the log', async () => {
  const log = createTestLog()
  await sealed()
  const keys = await start(log)
  await expect(keys.unlock(new Secret(`${good}!`))).rejects.toThrow('not the passphrase')
  writeFileSync(path(), '{"canary')
  await expect(keys.unlock(new Secret(good))).rejects.toThrow('damaged')
  expect(log.lines.join()).not.toContain('canary')
  await expect(keys.unlock(new Secret(good))).rejects.not.toThrow('canary')
})

test('a weak first passphrase is refused, and makes nothing', async () => {
  const keys = await start()
  for (const weak of ['', 'short', 'fourteen chars'])
    await expect(keys.unlock(new Secret(weak))).rejects.toMatchObject({ errorCode: 'bad_request' })
  expect(readdirSync(root)).toEqual([])
})

describe('a wrong passphrase', () => {
  test('is a sentence, and changes nothing', async () => {
    await sealed()
    const before = readFileSync(path())
    const keys = await start()
    for (const wrong of ['', 'not that one at all'])
      await expect(keys.unlock(new Secret(wrong))).rejects.toMatchObject({ errorCode: 'forbidden' })
    expect(keys.state()).toMatchObject({ kind: 'locked', canUnlock: true })
    expect(readFileSync(path()).equals(before)).toBe(true)
  })

  test('may be tried five times in five minutes, and the right one does not count', async () => {
    await sealed()
    const keys = await start()
    await keys.unlock(new Secret(good))
    for (let n = 0; n < 5; n += 1) await expect(keys.unlock(new Secret(''))).rejects.toThrow('Not unlocked')
    await expect(keys.unlock(new Secret(good))).rejects.toMatchObject({
      errorCode: 'too_many_requests',
      retryAfterSeconds: 300,
    })
    now += 5 * 60_000
    await keys.unlock(new Secret(good))
  })

  test('does not close what a right one has opened', async () => {
    const row = await sealed()
    const keys = await start()
    await keys.unlock(new Secret(good))
    await expect(keys.unlock(new Secret('not that one at all'))).rejects.toThrow('not the passphrase')
    expect(openValue(await keys.keyring(true), row)).toBe('value')
  })
})

test('without the file and with something sealed, no new passphrase opens or makes anything', async () => {
  const row = await sealed()
  const file = readFileSync(path())
  rmSync(path())
  const keys = await start()
  await expect(keys.keyring(true)).rejects.toThrow(/is missing .*restore it.*sallyport unlock/)
  await keys.unlock(new Secret('another good passphrase'))
  await expect(keys.keyring(true)).rejects.toThrow('is missing')
  expect(keys.state()).toMatchObject({ kind: 'locked' })
  expect(readdirSync(root)).toEqual([])
  writeFileSync(path(), file, { mode: 0o600 })
  await keys.unlock(new Secret(good))
  expect(openValue(await keys.keyring(true), row)).toBe('value')
})

test.each([
  ['open to others', () => chmodSync(path(), 0o640), /mode 0640.*chmod 600/],
  ['emptied', () => writeFileSync(path(), ''), /damaged/],
  ['of another install', () => writeFileSync(path(), edited('install', otherInstallId)), /belongs to another install/],
  [
    'with another salt',
    () => writeFileSync(path(), edited('settings', settings().replace(/.{4}$/, 'AAAA'))),
    /not the passphrase/,
  ],
  [
    'cheaper to guess',
    () => writeFileSync(path(), edited('settings', settings().replace('m=65536', 'm=19456'))),
    /not the pass/,
  ],
  [
    'dearer than the machine',
    () => writeFileSync(path(), edited('settings', settings().replace('m=65536', 'm=999999999'))),
    /damaged/,
  ],
  ['with other keys', () => writeFileSync(path(), edited('sealed', 'AAAA')), /not the passphrase|damaged/],
  ['of a later version', () => writeFileSync(path(), edited('format', 'sallyport-passphrase/2')), /newer Sallyport/],
])('a file that is %s stays locked and as it is', async (_name, attack, sentence) => {
  await sealed()
  attack()
  const before = readFileSync(path())
  const keys = await start()
  await expect(keys.unlock(new Secret(good))).rejects.toThrow(sentence)
  await expect(keys.keyring(false)).rejects.toMatchObject({ errorCode: 'locked' })
  expect(readFileSync(path()).equals(before)).toBe(true)
})

const content = (): Record<string, string> => JSON.parse(readFileSync(path(), 'utf8'))
const settings = (): string => content().settings ?? ''
const edited = (key: string, value: string): string => JSON.stringify({ ...content(), [key]: value })

test('a rotation asks for no passphrase, and the same one opens the new key', async () => {
  let row = await sealed()
  const keys = await start()
  await keys.unlock(new Secret(good))
  const before = row.keyId
  await keys.rotate(async (keyring) => {
    row = sealValue(keyring, openValue(keyring, row))
  })
  expect(row.keyId).not.toBe(before)
  const restarted = await start()
  await restarted.unlock(new Secret(good))
  expect(openValue(await restarted.keyring(true), row)).toBe('value')
})

test('a file that is gone while it is open does not cost the keys in memory', async () => {
  const row = await sealed()
  const keys = await start()
  await keys.unlock(new Secret(good))
  rmSync(path())
  await keys.unlock(new Secret('another good passphrase'))
  expect(openValue(await keys.keyring(true), row)).toBe('value')
  await expect(keys.rotate(async () => undefined)).rejects.toThrow('is gone')
  expect(readdirSync(root)).toEqual([])
})
