import { randomBytes } from 'node:crypto'
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { createFileSource } from './file-source.ts'
import { type KeySet, newKeySet } from './key-set.ts'
import type { KeySource, PassphraseLock } from './key-source.ts'
import { masterKeySource } from './source-of.ts'
import { installId } from './testing/sealed-row.ts'
import { otherInstallId } from './testing/start-master-keys.ts'

let root = ''
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'sallyport-master-'))
  mkdirSync(join(root, 'config'), { mode: 0o700 })
})
afterEach(() => rmSync(root, { recursive: true }))

const newKeys = (): KeySet => newKeySet(randomBytes)
const configDir = () => join(root, 'config')
const sourceOf = (environment: Record<string, string> = {}, configured: 'file' | 'keyring' | 'passphrase' = 'file') =>
  masterKeySource({ configDir: configDir(), installId, environment, configured })
const open = async (...args: Parameters<typeof sourceOf>): Promise<KeySource> => (await sourceOf(...args)) as KeySource
/** What is in the config directory, and since when. */
const snapshot = () => readdirSync(configDir()).map((name) => [name, statSync(join(configDir(), name)).mtimeMs])

describe('the file in the config directory', () => {
  const source = () => createFileSource(configDir(), installId)
  const path = () => join(configDir(), `install-${installId}.master`)

  test('is not there until somebody makes it, and is then 0600 and found again', async () => {
    expect(await source().read()).toBeUndefined()
    expect(readdirSync(configDir())).toEqual([])
    const keys = newKeys()
    await source().create(keys)
    expect(statSync(path()).mode & 0o777).toBe(0o600)
    expect(await source().read()).toEqual(keys)
    expect(readdirSync(configDir())).toEqual([`install-${installId}.master`])
  })

  test('is never made over one that is there, nor through a link', async () => {
    await source().create(newKeys())
    const before = readFileSync(path())
    await expect(source().create(newKeys())).rejects.toThrow('EEXIST')
    expect(readFileSync(path()).equals(before)).toBe(true)
    rmSync(path())
    symlinkSync(join(root, 'victim'), path())
    await expect(source().create(newKeys())).rejects.toThrow('EEXIST')
    expect(existsSync(join(root, 'victim'))).toBe(false)
  })

  test('half a new one beside it, or a link planted there, as a kill or a thief leaves it, is nothing', async () => {
    const [old, next] = [newKeys(), newKeys()]
    await source().create(old)
    writeFileSync(`${path()}.new`, 'half', { mode: 0o644 })
    expect(await source().read()).toEqual(old)
    rmSync(`${path()}.new`)
    writeFileSync(join(root, 'victim'), 'untouched')
    symlinkSync(join(root, 'victim'), `${path()}.new`)
    await source().replace(next)
    expect(readFileSync(join(root, 'victim'), 'utf8')).toBe('untouched')
    expect(await source().read()).toEqual(next)
    expect(readdirSync(configDir())).toHaveLength(1)
  })

  const attacks: [string, () => Promise<void> | void, RegExp][] = [
    ['cut short', () => truncateSync(path(), statSync(path()).size - 5), /is damaged; restore it/],
    ['emptied', () => truncateSync(path(), 0), /is damaged/],
    ['enormous', () => truncateSync(path(), 2 ** 30), /bytes long: it is damaged/],
    ['open to others', () => chmodSync(path(), 0o644), /open to other users \(mode 0644\).*chmod 600/],
    [
      'that of another install',
      async () => {
        const other = createFileSource(configDir(), otherInstallId)
        await other.create(newKeys())
        writeFileSync(path(), readFileSync(join(configDir(), `install-${otherInstallId}.master`)))
      },
      /belongs to another install/,
    ],
    [
      'a link',
      () => {
        rmSync(path())
        writeFileSync(join(root, 'elsewhere'), 'x', { mode: 0o600 })
        symlinkSync(join(root, 'elsewhere'), path())
      },
      /symbolic link; move it away/,
    ],
    [
      'a directory',
      () => {
        rmSync(path())
        mkdirSync(path())
      },
      /is not a file/,
    ],
  ]
  if (process.getuid?.() === 0)
    attacks.push(["somebody else's", () => chownSync(path(), 65_534, 65_534), /belongs to uid 65534/])

  test.each(attacks)(
    'that is %s is a sentence that quotes no key, and changes nothing',
    async (_name, attack, sentence) => {
      const keys = newKeys()
      await source().create(keys)
      await attack()
      const before = snapshot()
      const error = (await source()
        .read()
        .catch((failure: unknown) => failure)) as Error
      expect(error.message).toMatch(sentence)
      expect(error.message).not.toContain(Buffer.from(keys.current).toString('hex').slice(0, 12))
      expect(snapshot()).toEqual(before)
    },
  )
})

describe('a file of the owner or of systemd', () => {
  const hexOf = (keys: KeySet): string => Buffer.from(keys.current).toString('hex')
  const file = (name: string, content: string | Buffer, mode = 0o600): string => {
    const path = join(root, name)
    writeFileSync(path, content)
    chmodSync(path, mode)
    return path
  }
  const credential = (content: string, mode = 0o400, directoryMode = 0o500): string => {
    const directory = join(root, 'credentials')
    mkdirSync(directory)
    writeFileSync(join(directory, 'sallyport-master-key'), content)
    chmodSync(join(directory, 'sallyport-master-key'), mode)
    chmodSync(directory, directoryMode)
    return directory
  }

  test('comes before every other source: credential, then variable, then what is configured', async () => {
    const [fromSystemd, fromVariable, own] = [newKeys(), newKeys(), newKeys()]
    const CREDENTIALS_DIRECTORY = credential(`${hexOf(fromSystemd)}\n`)
    const SALLYPORT_MASTER_KEY_FILE = file('key', hexOf(fromVariable))
    await createFileSource(configDir(), installId).create(own)
    const both = await open({ CREDENTIALS_DIRECTORY, SALLYPORT_MASTER_KEY_FILE }, 'passphrase')
    expect([both.name, await both.read()]).toEqual(['$CREDENTIALS_DIRECTORY/sallyport-master-key', fromSystemd])
    const one = await open({ CREDENTIALS_DIRECTORY: root, SALLYPORT_MASTER_KEY_FILE }, 'passphrase')
    expect([one.name, await one.read()]).toEqual(['SALLYPORT_MASTER_KEY_FILE', fromVariable])
    expect(await (await open()).read()).toEqual(own)
    expect('unlock' in (await sourceOf({}, 'passphrase'))).toBe(true)
    expect((await open({}, 'keyring')).name).toBe('the OS keyring')
  })

  test('that is missing or unusable is not passed over for another source', async () => {
    await createFileSource(configDir(), installId).create(newKeys())
    for (const [path, sentence] of [
      [join(root, 'none'), /^SALLYPORT_MASTER_KEY_FILE: .*none cannot be read \(ENOENT\)/],
      ['', /cannot be read|is not a file/],
      [root, /is not a file/],
      [file('open', hexOf(newKeys()), 0o644), /open to other users \(mode 0644\).*chmod 600/],
      [file('empty', ''), /holds no key.*openssl rand -hex 32/],
      [file('long', 'x'.repeat(5000)), /5000 bytes long/],
    ] as const)
      await expect((await open({ SALLYPORT_MASTER_KEY_FILE: path })).read()).rejects.toThrow(sentence)
    const CREDENTIALS_DIRECTORY = credential(hexOf(newKeys()), 0o444)
    await expect((await open({ CREDENTIALS_DIRECTORY })).read()).rejects.toThrow(
      /^\$CREDENTIALS_DIRECTORY.*open to other/,
    )
  })

  test('may be read by the group of its service where systemd made it so, and only there', async () => {
    const keys = newKeys()
    const CREDENTIALS_DIRECTORY = credential(hexOf(keys), 0o440, 0o550)
    expect(await (await open({ CREDENTIALS_DIRECTORY })).read()).toEqual(keys)
    const path = file('key', hexOf(keys), 0o440)
    chmodSync(root, 0o755)
    const misled = await open({ SALLYPORT_MASTER_KEY_FILE: path, CREDENTIALS_DIRECTORY: root })
    await expect(misled.read()).rejects.toThrow('open to other users')
  })

  test('may be a link: the owner named it, and what it leads to is checked', async () => {
    const keys = newKeys()
    symlinkSync(file('key', hexOf(keys)), join(root, 'link'))
    expect(await (await open({ SALLYPORT_MASTER_KEY_FILE: join(root, 'link') })).read()).toEqual(keys)
  })

  test('is never written, and says how its owner rotates', async () => {
    const path = file('key', hexOf(newKeys()))
    const source = await open({ SALLYPORT_MASTER_KEY_FILE: path })
    const before = readFileSync(path)
    await expect(source.create(newKeys())).rejects.toThrow('on a line above the old one')
    await expect(source.replace(newKeys())).rejects.toThrow(path)
    expect(readFileSync(path).equals(before)).toBe(true)
  })
})

test('a passphrase that is configured asks for it', async () => {
  expect(await ((await sourceOf({}, 'passphrase')) as PassphraseLock).isThere()).toBe(false)
})
