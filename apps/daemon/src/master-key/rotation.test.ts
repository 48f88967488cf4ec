import { type ChildProcess, fork } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Keyring } from '@sallyport/crypto/keyring'
import { rolldown } from 'rolldown'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { createFileSource } from './file-source.ts'
import { createGivenSource } from './given-source.ts'
import { fingerprintsOf } from './key-set.ts'
import type { KeySource } from './key-source.ts'
import { installId, openValue, type Row, sealValue } from './testing/sealed-row.ts'
import { startMasterKeys } from './testing/start-master-keys.ts'

let root = ''
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'sallyport-rotation-'))
})
afterEach(() => rmSync(root, { recursive: true }))

const source = () => createFileSource(root, installId)
const path = () => join(root, `install-${installId}.master`)
const keysOnDisk = async (): Promise<string[]> => {
  const found = await source().read()
  return found === undefined ? [] : fingerprintsOf(found)
}

/** Stands for the database: `reseal` replaces all rows or none. */
const values = ['one', 'two', 'three']
const table = (keyring: Keyring) => {
  const it = {
    rows: values.map((value) => sealValue(keyring, value)),
    reseal: async (next: Keyring): Promise<void> => {
      it.rows = it.rows.map((row) => sealValue(next, openValue(next, row)))
    },
    /** By what a daemon that starts now finds. */
    opened: async (): Promise<string[]> => {
      const keys = await startMasterKeys(source())
      const after = await keys.keyring(true)
      return it.rows.map((row) => openValue(after, row))
    },
  }
  return it
}
const begin = async (from: KeySource = source()) => {
  const keys = await startMasterKeys(from)
  const before = await keys.keyring(false)
  return { keys, before, db: table(before) }
}

test('everything is sealed under a new key, and the old one is gone from disk and memory', async () => {
  const { keys, before, db } = await begin()
  const [oldRow] = db.rows as [Row, ...Row[]]
  const [oldKey] = await keysOnDisk()
  await keys.rotate(db.reseal)
  expect(await keysOnDisk()).toHaveLength(1)
  expect(await keysOnDisk()).not.toContain(oldKey)
  expect(await db.opened()).toEqual(values)
  expect(keys.state()).toMatchObject({ kind: 'ready', keyId: db.rows[0]?.keyId })
  expect(keys.problem()).toBeNull()
  // Whoever kept the keyring of before seals nothing that could never be opened, and opens nothing.
  expect(() => sealValue(before, 'late')).toThrow('not here')
  expect(() => openValue(before, oldRow)).toThrow('not here')
})

test('both keys are on disk before anything is sealed anew, and whoever asks in the middle gets both', async () => {
  const { keys, db } = await begin()
  const [old] = await keysOnDisk()
  await keys.rotate(async (next) => {
    expect(await keysOnDisk()).toEqual([next.fingerprint, old])
    expect(await keys.keyring(true)).toBe(next)
    await db.reseal(next)
    expect(await keysOnDisk()).toEqual([next.fingerprint, old])
  })
})

test('two at once are two, one after the other', async () => {
  const { keys, db } = await begin()
  await Promise.all([keys.rotate(db.reseal), keys.rotate(db.reseal)])
  expect(await db.opened()).toEqual(values)
  expect(await keysOnDisk()).toHaveLength(1)
})

describe('cut short', () => {
  /** Fails the nth replacement, before it reached the disk or after. */
  const failing = (nth: number, when: 'before' | 'after'): KeySource => {
    const real = source()
    let count = 0
    return {
      ...real,
      replace: async (keys) => {
        count += 1
        if (count === nth && when === 'before') throw new Error('ENOSPC: no space left')
        await real.replace(keys)
        if (count === nth) throw new Error('EIO: the directory was not synced')
      },
    }
  }

  test.each([
    [1, 'before', /was not changed: ENOSPC/],
    [1, 'after', /was not changed: EIO/],
    [2, 'before', /the old one is still in .*ENOSPC.*rotate again/],
    [2, 'after', /the old one is still in .*EIO/],
  ] as const)(
    'at write %i, %s it: this daemon and the next one open everything, and the next rotation ends it',
    async (nth, when, sentence) => {
      const { keys, db } = await begin(failing(nth, when))
      await expect(keys.rotate(db.reseal)).rejects.toMatchObject({
        errorCode: 'unavailable',
        message: expect.stringMatching(sentence),
      })
      expect(await db.opened()).toEqual(values)
      await db.reseal(await keys.keyring(true))
      expect(await db.opened()).toEqual(values)
      await keys.rotate(db.reseal)
      expect(await db.opened()).toEqual(values)
      expect(await keysOnDisk()).toHaveLength(1)
    },
  )

  test.each(['before', 'after'])(
    'in the transaction, %s its commit: both keys stay and the status says so',
    async (when) => {
      const { keys, db } = await begin()
      const failed = keys.rotate(async (next) => {
        if (when === 'after') await db.reseal(next)
        throw new Error('the database is locked')
      })
      await expect(failed).rejects.toThrow('the database is locked')
      expect(await keysOnDisk()).toHaveLength(2)
      expect(await db.opened()).toEqual(values)
      for (const each of [keys, await startMasterKeys(source())])
        expect(each.problem()).toBe('a rotation of the master key was not finished; run: sallyport env-set rotate')
      await keys.rotate(db.reseal)
      expect(keys.problem()).toBeNull()
      expect(await keysOnDisk()).toHaveLength(1)
      expect(await db.opened()).toEqual(values)
    },
  )
})

test('a file that became another one since the start is not written over', async () => {
  const { keys, db } = await begin()
  const mine = readFileSync(path())
  rmSync(path())
  await expect(keys.rotate(db.reseal)).rejects.toThrow('is gone; put it back')
  await (await startMasterKeys(source())).keyring(false)
  const foreign = readFileSync(path())
  await expect(keys.rotate(db.reseal)).rejects.toThrow('holds another key than the one in use')
  expect(readFileSync(path()).equals(foreign)).toBe(true)
  writeFileSync(path(), mine)
  await keys.rotate(db.reseal)
  expect(await db.opened()).toEqual(values)
})

test('nothing rotates before there is a key', async () => {
  const keys = await startMasterKeys(source())
  await expect(keys.rotate(async () => undefined)).rejects.toMatchObject({ errorCode: 'conflict' })
  expect(await keysOnDisk()).toEqual([])
})

test('a key that is the owner’s is rotated by a line above it, and the file is never written', async () => {
  const file = join(root, 'key')
  const line = () => randomBytes(32).toString('hex')
  const [old, fresh] = [line(), line()]
  const write = (...lines: string[]): void => writeFileSync(file, `${lines.join('\n')}\n`, { mode: 0o600 })
  write(old)
  const given = () =>
    createGivenSource(
      { origin: 'SALLYPORT_MASTER_KEY_FILE', path: file, isCredential: false, credentialsDirectory: undefined },
      installId,
    )
  const { keys, db } = await begin(given())
  await expect(keys.rotate(db.reseal)).rejects.toMatchObject({
    errorCode: 'conflict',
    message: expect.stringMatching(/openssl rand -hex 32/),
  })
  write(fresh, old)
  await keys.rotate(db.reseal)
  expect(readFileSync(file, 'utf8')).toBe(`${fresh}\n${old}\n`)
  expect(keys.problem()).toBeNull()
  write(fresh)
  const after = await (await startMasterKeys(given())).keyring(true)
  expect(db.rows.map((row) => openValue(after, row))).toEqual(values)
  write(line())
  await expect(keys.rotate(db.reseal)).rejects.toThrow('holds another key')
})

describe('kill -9', () => {
  const here = (name: string): string => JSON.stringify(fileURLToPath(new URL(name, import.meta.url)))
  /**
   * A daemon with one table: rotates and says so, for ever, or dies at the step that it was told. The table is replaced as a whole, which is what the transaction does.
   */
  const program = () => `
import { readFileSync } from 'node:fs'
import { createFileSource } from ${here('./file-source.ts')}
import { replaceDurably } from ${here('./durable-file.ts')}
import { createMasterKeys } from ${here('./master-keys.ts')}
import { openValue, sealValue } from ${here('./testing/sealed-row.ts')}
const [directory, dieAt] = process.argv.slice(2)
let step = 0
const passed = () => {
  step += 1
  if (step === Number(dieAt)) process.kill(process.pid, 'SIGKILL')
}
const real = createFileSource(directory, ${JSON.stringify(installId)})
const source = { ...real, replace: async (keys) => { passed(); await real.replace(keys); passed() } }
const log = { info() {}, warn() {}, error: console.error }
const keys = createMasterKeys({ source, clock: { now: Date.now }, log })
const table = directory + '/table.json'
await keys.keyring(true)
for (let n = 0; ; n += 1) {
  await keys.rotate(async (keyring) => {
    passed()
    const rows = JSON.parse(readFileSync(table, 'utf8')).map((row) => sealValue(keyring, openValue(keyring, row)))
    passed()
    await replaceDurably(table, Buffer.from(JSON.stringify(rows)))
    passed()
  })
  process.send(n)
}
`
  let bundled = ''
  beforeAll(async () => {
    bundled = mkdtempSync(join(tmpdir(), 'sallyport-rotation-bundle-'))
    writeFileSync(join(bundled, 'daemon.ts'), program())
    await using bundle = await rolldown({
      input: join(bundled, 'daemon.ts'),
      platform: 'node',
      cwd: fileURLToPath(new URL('../..', import.meta.url)),
      external: [/^@sallyport\/api\/(errors|limits\/too-many)/, /^@sallyport\/contract/, 'argon2'],
      logLevel: 'silent',
    })
    await bundle.write({ dir: bundled, format: 'esm', entryFileNames: 'daemon.mjs' })
  })
  afterAll(() => rmSync(bundled, { recursive: true }))

  const run = (...args: string[]): ChildProcess => fork(join(bundled, 'daemon.mjs'), [root, ...args], { execArgv: [] })
  const prepare = async (): Promise<void> => {
    const { db } = await begin()
    writeFileSync(join(root, 'table.json'), JSON.stringify(db.rows))
  }
  const openedAfter = async (): Promise<string[]> => {
    const keyring = await (await startMasterKeys(source())).keyring(true)
    const rows = JSON.parse(readFileSync(join(root, 'table.json'), 'utf8')) as Row[]
    return rows.map((row) => openValue(keyring, row))
  }

  test.each([1, 2, 3, 4, 5, 6, 7])(
    'at step %i of a rotation: every value opens, and the next rotation ends it',
    async (step) => {
      await prepare()
      const child = run(String(step))
      const [, signal] = await once(child, 'exit')
      expect(signal).toBe('SIGKILL')
      expect(await openedAfter()).toEqual(values)
      const next = await startMasterKeys(source())
      await next.keyring(true)
      await next.rotate(async (keyring) => {
        const rows = JSON.parse(readFileSync(join(root, 'table.json'), 'utf8')) as Row[]
        const resealed = rows.map((row) => sealValue(keyring, openValue(keyring, row)))
        writeFileSync(join(root, 'table.json'), JSON.stringify(resealed))
      })
      expect(await openedAfter()).toEqual(values)
      expect(await keysOnDisk()).toHaveLength(1)
    },
  )

  test('at moments that nobody chose: every value opens', async () => {
    await prepare()
    for (let round = 0; round < 6; round += 1) {
      const child = run()
      const exited = once(child, 'exit')
      await new Promise<void>((resolve) => {
        child.on('message', (n: number) => {
          // At another moment of a rotation in each round.
          if (n === 2 + round) setImmediate(resolve)
        })
      })
      child.kill('SIGKILL')
      await exited
      expect(await openedAfter()).toEqual(values)
    }
  })
})
